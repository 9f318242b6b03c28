/** Titles, show notes and chapters as somebody else would write them: asked for, read, and used or not. */
import { useQuery } from "@tanstack/react-query";
import { Check, PenLine, X } from "lucide-react";

import { draftsQuery, useAskForDraft, useDecideDraft } from "@/api/drafts";
import { isOwnWords } from "@/api/errors";
import type { Draft, DraftKind, Episode } from "@/api/types";
import { clockTime } from "@/shared/lib/format-time";
import { Button } from "@/shared/ui/button";
import { ErrorCard } from "@/shared/ui/error-card";
import { Card } from "@/shared/ui/page";

import { costWords } from "./cost-words";

const KINDS: readonly (readonly [DraftKind, string])[] = [
  ["titles", "Suggest titles"],
  ["notes", "Suggest show notes"],
  ["chapters", "Suggest chapters"],
];

/** The newest of each kind that still waits, and chapters that are used, for nobody can write those by hand. */
export function shownDrafts(drafts: readonly Draft[]): Draft[] {
  return KINDS.flatMap(([kind]) => {
    const newest = drafts.find(
      (draft) =>
        draft.kind === kind && (draft.status === "proposed" || (kind === "chapters" && draft.status === "accepted")),
    );
    return newest ? [newest] : [];
  });
}

function DraftText({ draft, use }: { draft: Draft; use: (choice: number) => void }) {
  if (draft.kind === "titles") {
    return (
      <ul className="flex flex-col gap-2">
        {draft.texts.map((title, choice) => (
          <li key={title} className="flex flex-wrap items-center justify-between gap-2">
            <span className="font-reading">{title}</span>
            <Button weight="quiet" icon={Check} onClick={() => use(choice)}>
              Use this title
            </Button>
          </li>
        ))}
      </ul>
    );
  }
  if (draft.kind === "chapters") {
    return (
      <ul className="font-reading">
        {draft.chapters.map(({ start_ms: start, title }) => (
          <li key={start}>
            <span className="text-small text-soft tabular-nums">{clockTime(start)}</span> {title}
          </li>
        ))}
      </ul>
    );
  }
  return <p className="font-reading whitespace-pre-line">{draft.texts[0]}</p>;
}

function OneDraft({ episode, draft }: { episode: Episode; draft: Draft }) {
  const decide = useDecideDraft(episode.id);
  const decideAs = (choice: number | null, replace = false) => decide.mutate({ draft, choice, replace });
  const refused = decide.isError && isOwnWords(decide.error) ? decide.variables.choice : null;
  const used = draft.status === "accepted";
  return (
    <section aria-label={`Suggested ${draft.kind}`} className="border-t border-line pt-4">
      <p className="mb-2 text-small text-soft">
        {draft.source} · {costWords(draft.cost_micros, draft.currency)}
        {used ? " · in the episode when it is made next" : ""}
      </p>
      <DraftText draft={draft} use={decideAs} />
      <p className="mt-2 flex flex-wrap gap-2">
        {draft.kind === "titles" || used ? null : (
          <Button icon={Check} busy={decide.isPending && "Saving…"} onClick={() => decideAs(0)}>
            {draft.kind === "notes" ? "Use these notes" : "Use these chapters"}
          </Button>
        )}
        <Button weight="quiet" icon={X} disabled={decide.isPending} onClick={() => decideAs(null)}>
          {used ? "Take them back" : "Not this"}
        </Button>
      </p>
      {decide.isError ? (
        <ErrorCard
          error={decide.error}
          heading={refused === null ? "That was not saved." : "Your own words stay."}
          {...(refused === null
            ? {}
            : { action: { words: "Replace what I wrote", onPress: () => decideAs(refused, true) } })}
        />
      ) : null}
    </section>
  );
}

export function Ideas({ episode }: { episode: Episode }) {
  const drafts = useQuery(draftsQuery(episode.id));
  const ask = useAskForDraft(episode.id);
  const refused = ask.data?.status === "refused" ? ask.data.reason_message : null;
  return (
    <Card>
      <h2 className="mb-1 text-heading">Ideas</h2>
      <p className="mb-4 text-soft">Nothing changes until you use one, and your own words are never replaced unasked.</p>
      <p className="flex flex-wrap gap-2">
        {KINDS.map(([kind, words]) => (
          <Button
            key={kind}
            icon={PenLine}
            disabled={ask.isPending}
            busy={ask.isPending && ask.variables === kind && "Writing…"}
            onClick={() => ask.mutate(kind)}
          >
            {words}
          </Button>
        ))}
      </p>
      <div role="status">
        {refused ? (
          <>
            <p className="mt-3 font-semibold">No usable suggestion came. Ask again, or write it yourself.</p>
            <p className="text-small text-soft">{refused}</p>
          </>
        ) : null}
      </div>
      {ask.isError ? <ErrorCard error={ask.error} heading="No suggestion came." kept="Your episode is as it was." /> : null}
      <div className="mt-4 flex flex-col gap-4">
        {shownDrafts(drafts.data ?? []).map((draft) => (
          <OneDraft key={draft.id} episode={episode} draft={draft} />
        ))}
      </div>
    </Card>
  );
}
