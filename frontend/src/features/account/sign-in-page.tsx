/** Signing in with email and password. */
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { type SubmitEvent, useState } from "react";

import { useSignIn } from "@/api/account";
import { Button } from "@/shared/ui/button";
import { ErrorCard } from "@/shared/ui/error-card";
import { TextField } from "@/shared/ui/field";

import { Door } from "./door";

export function SignInPage() {
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const { next } = useSearch({ from: "/sign-in" });
  const navigate = useNavigate();
  const signIn = useSignIn();

  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    signIn.mutate({ email: email.trim(), password }, { onSuccess: () => void navigate({ href: next ?? "/" }) });
  };

  return (
    <Door title="Sign in" lead="Your shows and recordings are waiting.">
      <form onSubmit={submit} className="flex flex-col gap-5 rounded-panel border border-line bg-card p-6">
        <TextField
          label="Email"
          type="email"
          autoComplete="email"
          required
          value={email}
          onChange={(event) => setEmail(event.target.value)}
        />
        <TextField
          label="Password"
          type="password"
          autoComplete="current-password"
          required
          value={password}
          onChange={(event) => setPassword(event.target.value)}
        />
        {signIn.isError ? <ErrorCard error={signIn.error} heading="We could not sign you in." /> : null}
        <Button type="submit" weight="main" busy={signIn.isPending && "Signing you in…"}>
          Sign in
        </Button>
      </form>
      <p>
        New here?{" "}
        <Link to="/sign-up" className="inline-block py-2.5 font-semibold text-pine underline underline-offset-4">
          Create an account
        </Link>
      </p>
    </Door>
  );
}
