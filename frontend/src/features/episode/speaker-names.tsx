/** Who is who: the names that stand in the transcript, in captions and on the page. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type SubmitEvent, useId, useState } from "react";

import { useUpdateEpisode } from "@/api/episodes";
import { peopleQuery } from "@/api/shows";
import type { Episode } from "@/api/types";
import { Button } from "@/shared/ui/button";
import { ErrorCard } from "@/shared/ui/error-card";
import { TextField } from "@/shared/ui/field";

export function SpeakerNames({ episode, labels }: { episode: Episode; labels: readonly string[] }) {
  const [typed, setTyped] = useState<Readonly<Record<string, string>>>({});
  const update = useUpdateEpisode(episode.id);
  const queries = useQueryClient();
  const known = useId();
  const people = useQuery({ ...peopleQuery(episode.show_id), enabled: labels.length > 1 });
  if (labels.length < 2) return null;
  const names = { ...episode.speaker_names, ...typed };
  const save = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    const onSuccess = () => {
      setTyped({});
      void queries.invalidateQueries({ queryKey: peopleQuery(episode.show_id).queryKey });
    };
    update.mutate({ speaker_names: names }, { onSuccess });
  };
  return (
    <details className="mb-5">
      <summary className="flex min-h-11 cursor-pointer items-center font-semibold text-pine">Who speaks</summary>
      <form onSubmit={save} className="mt-2 flex flex-col gap-3">
        <datalist id={known}>
          {people.data?.map(({ name }) => <option key={name} value={name} />)}
        </datalist>
        {labels.map((label) => (
          <TextField
            key={label}
            label={`Speaker ${label}`}
            list={known}
            autoComplete="off"
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
