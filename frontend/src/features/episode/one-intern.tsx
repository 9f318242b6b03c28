/** One request to the intern: where it ends, what is answered, and whether that goes into the episode. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Check, MoveHorizontal, PenLine, X } from "lucide-react";
import { useState } from "react";

import { episodeQuery } from "@/api/episodes";
import { isStale } from "@/api/errors";
import {
  answerIntern,
  changeInternEnd,
  draftInternAnswer,
  editHistoryQuery,
  hearInternEnd,
  internSoundUrl,
  internsQuery,
  proposalsQuery,
  skipIntern,
} from "@/api/transcripts";
import type { Episode, Intern, Words } from "@/api/types";
import { clockTime } from "@/shared/lib/format-time";
import { Button } from "@/shared/ui/button";
import { ErrorCard } from "@/shared/ui/error-card";
import { TextArea, TextField } from "@/shared/ui/field";

import { EdgeEditor } from "./edge-editor";
import type { Edge } from "./edges";
import type { HearingDesk } from "./use-hearing";
import { useOpening } from "./use-opening";

/** The server takes no end that is later. */
const END_AFTER_MS_MAX = 120_000;
const END_ALONE: readonly Edge[] = ["end"];

const stateWords = ({ state, target }: Intern): string =>
  ({
    detected: "Waits for you",
    approved: "Not in the episode yet",
    answered: target === "notes" ? "In the show notes" : "In the episode",
    skipped: "Left out",
  })[state];

/** Answers and skips name the version of the edit that is shown, as every change of it does. */
function useIntern(
  episode: Episode,
  intern: Intern,
  onDrafted: (text: string) => void,
  onEnded: (request: string) => void,
) {
  const queries = useQueryClient();
  const version = () => queries.getQueryData(episodeQuery(episode.id).queryKey)?.edit_list_version ?? episode.edit_list_version;
  const settled = () =>
    Promise.all(
      [internsQuery, episodeQuery, editHistoryQuery, proposalsQuery].map((query) =>
        queries.invalidateQueries({ queryKey: query(episode.id).queryKey as readonly unknown[], exact: true }),
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
  const end = useMutation({
    mutationFn: (endMs: number) => changeInternEnd(episode.id, intern.id, version(), endMs),
    onSuccess: (changed) => onEnded(changed.request),
    onSettled: settled,
  });
  return { draft, answer, skip, end };
}

interface EndProps {
  episode: Episode;
  intern: Intern;
  words: Words;
  hearing: HearingDesk;
  saving: boolean;
  onSave: (endMs: number, onSaved: () => void) => void;
}

/** Where the request ends: what is answered, and where the answer is heard. */
function RequestEnd({ episode, intern, words, hearing, saving, onSave }: EndProps) {
  const { open, setOpen, opener } = useOpening();
  const close = () => {
    if (hearing.id === intern.id) hearing.stop();
    setOpen(false);
  };
  if (!open) {
    return (
      <Button ref={opener} weight="quiet" icon={MoveHorizontal} className="self-start px-0! text-left!" onClick={() => setOpen(true)}>
        Change where it ends
      </Button>
    );
  }
  return (
    <EdgeEditor
      recordingId={episode.recording_id}
      words={words.words}
      edges={{ startMs: intern.start_ms, endMs: intern.end_ms }}
      limits={{
        startMs: intern.keyword_end_ms,
        endMs: Math.min(words.duration_ms, intern.start_ms + END_AFTER_MS_MAX),
      }}
      handles={END_ALONE}
      look="asked"
      points={intern.other_ends_ms}
      help={
        intern.target === "notes"
          ? "A short tone is heard where the request ends."
          : intern.state === "answered"
            ? "The answer moves there too."
            : "A short tone is heard where the answer will be."
      }
      hearWords="Hear where it ends"
      hearing={hearing.id === intern.id}
      fetching={hearing.fetching}
      onHear={({ endMs }) =>
        hearing.toggle(intern.id, (signal) => hearInternEnd(episode.id, intern.id, endMs, signal))
      }
      saving={saving}
      onSave={({ endMs }) => onSave(endMs, close)}
      onBack={close}
    />
  );
}

interface OneInternProps {
  episode: Episode;
  intern: Intern;
  words: Words;
  hearing: HearingDesk;
}

export function OneIntern({ episode, intern, words, hearing }: OneInternProps) {
  const [question, setQuestion] = useState(intern.request);
  const [text, setText] = useState(intern.answer ?? intern.suggestion ?? "");
  const { draft, answer, skip, end } = useIntern(episode, intern, setText, setQuestion);
  const busy = draft.isPending || answer.isPending || skip.isPending || end.isPending;
  const failed = [draft, answer, skip, end].find(({ isError }) => isError);
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
        <RequestEnd
          episode={episode}
          intern={intern}
          words={words}
          hearing={hearing}
          saving={end.isPending}
          onSave={(endMs, onSaved) => end.mutate(endMs, { onSuccess: onSaved })}
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
            key={`${intern.answer} ${intern.answer_at_ms}`}
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
        {hearing.failed === intern.id ? (
          <ErrorCard error={hearing.error} heading="We could not play this place." kept="What you typed is still here." />
        ) : null}
        {failed ? (
          <ErrorCard
            error={failed.error}
            heading={isStale(failed.error) ? "This episode was edited in another window." : "That did not work."}
            kept={
              isStale(failed.error)
                ? "You now see it as it is there. What you typed is still here; press once more to save it."
                : "What you typed is still here."
            }
          />
        ) : null}
      </fieldset>
    </li>
  );
}
