/** Making an account: three fields, no more. */
import { Link, useNavigate } from "@tanstack/react-router";
import { type SubmitEvent, useState } from "react";

import { useSignUp } from "@/api/account";
import { Button } from "@/shared/ui/button";
import { ErrorCard } from "@/shared/ui/error-card";
import { TextField } from "@/shared/ui/field";

import { Door } from "./door";

export function SignUpPage() {
  const [name, setName] = useState("");
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const navigate = useNavigate();
  const signUp = useSignUp();

  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    signUp.mutate(
      { name: name.trim(), email: email.trim(), password },
      { onSuccess: () => void navigate({ to: "/" }) },
    );
  };

  return (
    <Door title="Create an account" lead="Then name your show and drop in a recording. That is all it takes.">
      <form onSubmit={submit} className="flex flex-col gap-5 rounded-panel border border-line bg-card p-6">
        <TextField
          label="Your name"
          help="Listeners read it as “Made by”; you can change that for each show."
          autoComplete="name"
          required
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
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
          help="A short sentence that only you would think of is best."
          type="password"
          autoComplete="new-password"
          required
          value={password}
          onChange={(event) => setPassword(event.target.value)}
        />
        {signUp.isError ? (
          <ErrorCard
            error={signUp.error}
            heading="Your account was not created."
            kept="What you typed is still here."
          />
        ) : null}
        <Button type="submit" weight="main" busy={signUp.isPending && "Creating your account…"}>
          Create my account
        </Button>
      </form>
      <p>
        Already with us?{" "}
        <Link
          to="/sign-in"
          search={{}}
          className="inline-block py-2.5 font-semibold text-pine underline underline-offset-4"
        >
          Sign in
        </Link>
      </p>
    </Door>
  );
}
