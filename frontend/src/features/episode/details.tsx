/** Title and show notes, changed when the person says so. */
import { Check } from "lucide-react";
import { type SubmitEvent, useState } from "react";

import { useUpdateEpisode } from "@/api/episodes";
import type { Episode } from "@/api/types";
import { Button } from "@/shared/ui/button";
import { ErrorCard } from "@/shared/ui/error-card";
import { TextArea, TextField } from "@/shared/ui/field";
import { Card } from "@/shared/ui/page";

export function Details({ episode }: { episode: Episode }) {
  const [typed, setTyped] = useState<{ title?: string; notes?: string }>({});
  const update = useUpdateEpisode(episode.id);
  const title = typed.title ?? episode.title;
  const notes = typed.notes ?? episode.notes;
  const changed = title !== episode.title || notes !== episode.notes;

  const save = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    update.mutate({ title, notes }, { onSuccess: () => setTyped({}) });
  };

  return (
    <Card>
      <h2 className="mb-4 text-heading">Title and show notes</h2>
      <form onSubmit={save} className="flex flex-col gap-5">
        <TextField
          label="Title"
          value={title}
          onChange={(event) => setTyped((before) => ({ ...before, title: event.target.value }))}
        />
        <TextArea
          label="Show notes"
          help="What listeners read beside the episode."
          rows={8}
          value={notes}
          onChange={(event) => setTyped((before) => ({ ...before, notes: event.target.value }))}
        />
        {update.isError ? (
          <ErrorCard error={update.error} heading="Your text was not saved." kept="What you typed is still here." />
        ) : null}
        <div className="flex flex-wrap items-center gap-4">
          <Button type="submit" disabled={!changed} busy={update.isPending && "Saving…"}>
            Save title and notes
          </Button>
          <p role="status" className="flex items-center gap-1.5 text-small text-ok">
            {update.isSuccess && !changed ? (
              <>
                <Check aria-hidden className="size-5" /> Saved
              </>
            ) : null}
          </p>
        </div>
      </form>
    </Card>
  );
}
