/** What the intern was asked while recording: an answer is written, heard, put into the episode, or left out. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Check, PenLine, X } from "lucide-react";
import { useState } from "react";

import { episodeQuery } from "@/api/episodes";
import { answerIntern, draftInternAnswer, editHistoryQuery, internSoundUrl, internsQuery, skipIntern } from "@/api/transcripts";
import type { Episode, Intern } from "@/api/types";
import { clockTime } from "@/shared/lib/format-time";
import { Button } from "@/shared/ui/button";
import { ErrorCard } from "@/shared/ui/error-card";
import { TextArea, TextField } from "@/shared/ui/field";

const stateWords = ({ state, target }: Intern): string =>
  ({
    detected: "Waits for you",
    approved: "Not in the episode yet",
    answered: target === "notes" ? "In the show notes" : "In the episode",
    skipped: "Left out",
  })[state];

/** Answers and skips name the version of the edit that is shown, as every change of it does. */
function useIntern(episode: Episode, intern: Intern, onDrafted: (text: string) => void) {
  const queries = useQueryClient();
  const version = () => queries.getQueryData(episodeQuery(episode.id).queryKey)?.edit_list_version ?? episode.edit_list_version;
  const settled = () =>
    Promise.all(
      [internsQuery(episode.id), episodeQuery(episode.id), editHistoryQuery(episode.id)].map(({ queryKey }) =>
        queries.invalidateQueries({ queryKey: queryKey as readonly unknown[], exact: true }),
      ),
    );
  const draft = useMutation({
    mutationFn: (question: string) => draftInternAnswer(episode.id, intern.id, question),
    onSuccess: (drafted) => onDrafted(drafted.suggestion ?? ""),
    onSettled: settled,
  });
  const answer = useMutation({
    mutationFn: (text: string) => answerIntern(episode.id, intern.id, version(), text),
    onSettled: settled,
  });
  const skip = useMutation({ mutationFn: () => skipIntern(episode.id, intern.id, version()), onSettled: settled });
  return { draft, answer, skip };
}

function OneIntern({ episode, intern }: { episode: Episode; intern: Intern }) {
  const [question, setQuestion] = useState(intern.request);
  const [text, setText] = useState(intern.answer ?? intern.suggestion ?? "");
  const { draft, answer, skip } = useIntern(episode, intern, setText);
  const busy = draft.isPending || answer.isPending || skip.isPending;
  const failed = [draft, answer, skip].find(({ isError }) => isError);
  const isNew = text.trim() !== (intern.answer ?? "") || intern.state !== "answered";
  return (
    <li className="border-t border-line py-4 first:border-t-0 first:pt-0">
      <fieldset className="flex flex-col gap-3">
        <legend className="sr-only">Request at {clockTime(intern.start_ms)}</legend>
        <p className="flex flex-wrap items-baseline justify-between gap-x-4">
          <span className="text-small text-soft tabular-nums">
            {clockTime(intern.start_ms)} · {intern.reason}
          </span>
          <span className="font-semibold">{stateWords(intern)}</span>
        </p>
        <TextField
          label={intern.target === "notes" ? "What you wanted in the notes" : "What you asked"}
          value={question}
          onChange={(event) => setQuestion(event.target.value)}
        />
        <TextArea
          label="Answer"
          help={
            intern.source && text === intern.suggestion
              ? `${intern.source}. Read it before it goes in.`
              : "One or two sentences."
          }
          rows={2}
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
        {intern.state === "answered" && intern.target === "spoken" ? (
          <audio
            key={intern.answer}
            controls
            preload="none"
            src={internSoundUrl(episode.id, intern.id)}
            aria-label="How the answer sounds in the episode"
            className="w-full"
          />
        ) : null}
        <p className="flex flex-wrap gap-2">
          <Button
            weight="main"
            icon={Check}
            disabled={busy || !isNew || text.trim() === ""}
            busy={answer.isPending && (intern.target === "notes" ? "Writing…" : "Speaking…")}
            onClick={() => answer.mutate(text)}
          >
            {intern.target === "notes" ? "Put it in the notes" : "Put it in the episode"}
          </Button>
          <Button
            icon={PenLine}
            disabled={busy || question.trim() === ""}
            busy={draft.isPending && "Writing…"}
            onClick={() => draft.mutate(question)}
          >
            Suggest an answer
          </Button>
          <Button
            weight="quiet"
            icon={X}
            disabled={busy || intern.state === "skipped"}
            busy={skip.isPending && "Saving…"}
            onClick={() => skip.mutate()}
          >
            Leave it out
          </Button>
        </p>
        {failed ? (
          <ErrorCard error={failed.error} heading="That did not work." kept="What you typed is still here." />
        ) : null}
      </fieldset>
    </li>
  );
}

export function InternPanel({ episode }: { episode: Episode }) {
  const { data } = useQuery({ ...internsQuery(episode.id), enabled: episode.transcript !== null });
  if (data === undefined || data.length === 0) return null;
  const isPossible = ({ sure, state }: Intern) => !sure && state === "detected";
  const asked = data.filter((intern) => !isPossible(intern));
  const possible = data.filter(isPossible);
  return (
    <section aria-label="What you asked the intern" className="mt-10 rounded-panel bg-well p-4 md:p-5">
      <h2 className="mb-3 text-heading">What you asked the intern</h2>
      <ul>
        {asked.map((intern) => (
          <OneIntern key={intern.id} episode={episode} intern={intern} />
        ))}
      </ul>
      {possible.length > 0 ? (
        <details className="mt-2">
          <summary className="flex min-h-11 cursor-pointer items-center font-semibold text-pine">
            {possible.length === 1 ? "One more place" : `${possible.length} more places`} where you perhaps only spoke about
            an intern
          </summary>
          <ul className="mt-2">
            {possible.map((intern) => (
              <OneIntern key={intern.id} episode={episode} intern={intern} />
            ))}
          </ul>
        </details>
      ) : null}
    </section>
  );
}
