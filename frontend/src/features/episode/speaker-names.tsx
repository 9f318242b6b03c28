/** Who is who: the names that stand in the transcript, in captions and on the page. */
import { type SubmitEvent, useState } from "react";

import { useUpdateEpisode } from "@/api/episodes";
import type { Episode } from "@/api/types";
import { Button } from "@/shared/ui/button";
import { ErrorCard } from "@/shared/ui/error-card";
import { TextField } from "@/shared/ui/field";

export function SpeakerNames({ episode, labels }: { episode: Episode; labels: readonly string[] }) {
  const [typed, setTyped] = useState<Readonly<Record<string, string>>>({});
  const update = useUpdateEpisode(episode.id);
  if (labels.length < 2) return null;
  const names = { ...episode.speaker_names, ...typed };
  const save = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    update.mutate({ speaker_names: names }, { onSuccess: () => setTyped({}) });
  };
  return (
    <details className="mb-5">
      <summary className="flex min-h-11 cursor-pointer items-center font-semibold text-pine">Who speaks</summary>
      <form onSubmit={save} className="mt-2 flex flex-col gap-3">
        {labels.map((label) => (
          <TextField
            key={label}
            label={`Speaker ${label}`}
            value={names[label] ?? ""}
            onChange={(event) => setTyped({ ...typed, [label]: event.target.value })}
          />
        ))}
        {update.isError ? <ErrorCard error={update.error} heading="The names were not saved." /> : null}
        <Button type="submit" disabled={Object.keys(typed).length === 0} busy={update.isPending && "Saving…"}>
          Save the names
        </Button>
      </form>
    </details>
  );
}
