/** Naming a show. One field is enough; the rest is filled sensibly and can be changed after. */
import { type SubmitEvent, useState } from "react";

import { useCreateShow } from "@/api/shows";
import type { Me, Show } from "@/api/types";
import { Button } from "@/shared/ui/button";
import { ErrorCard } from "@/shared/ui/error-card";
import { TextArea, TextField } from "@/shared/ui/field";
import { Card } from "@/shared/ui/page";

export function NewShow({ account, onMade }: { account: Me["account"]; onMade: (show: Show) => void }) {
  const [title, setTitle] = useState("");
  const [description, setDescription] = useState("");
  const create = useCreateShow();

  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    create.mutate(
      {
        title: title.trim(),
        description: description.trim(),
        language: navigator.language.slice(0, 2).toLowerCase(),
        author: account.name,
        owner_email: account.email,
        time_zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
      },
      { onSuccess: onMade },
    );
  };

  return (
    <Card className="max-w-xl">
      <form onSubmit={submit} className="flex flex-col gap-5">
        <TextField
          label="What is your show called?"
          help="You can change it later."
          required
          value={title}
          onChange={(event) => setTitle(event.target.value)}
        />
        <TextArea
          label="What is it about?"
          help="One or two sentences that make a stranger curious. It can wait."
          rows={3}
          value={description}
          onChange={(event) => setDescription(event.target.value)}
        />
        {create.isError ? (
          <ErrorCard error={create.error} heading="The show was not made." kept="What you typed is still here." />
        ) : null}
        <Button type="submit" weight="main" busy={create.isPending && "Making your show…"}>
          Make my show
        </Button>
      </form>
    </Card>
  );
}
