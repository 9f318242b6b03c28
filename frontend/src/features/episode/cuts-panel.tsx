/** Proposed cuts beside the text: all of a kind with one button, or each by itself. */
import { clsx } from "clsx";
import { ChevronRight, Redo2, Scissors, Undo2 } from "lucide-react";
import { useState } from "react";

import type { Episode, Proposal, ProposalKind, Words } from "@/api/types";
import { spokenLength } from "@/shared/lib/format-time";
import { Button } from "@/shared/ui/button";
import { ErrorCard } from "@/shared/ui/error-card";

import { OneCut } from "./one-cut";
import { canBeDone, countOf, cutMs, doneWord, KIND_WORDS, KINDS } from "./proposal-words";
import type { DecisionDesk } from "./use-decisions";
import type { HearingDesk } from "./use-hearing";

const SHOWN_AT_FIRST = 5;

interface KindGroupProps {
  kind: ProposalKind;
  episode: Episode;
  proposals: readonly Proposal[];
  words: Words;
  desk: DecisionDesk;
  hearing: HearingDesk;
}

function KindGroup({ kind, episode, proposals, words, desk, hearing }: KindGroupProps) {
  const [all, setAll] = useState(false);
  const possible = proposals.filter(canBeDone);
  const cutCount = proposals.filter(({ cut }) => cut).length;
  const allCut = cutCount > 0 && cutCount === possible.length;
  const shown = all ? proposals : proposals.slice(0, SHOWN_AT_FIRST);
  const done = doneWord(kind);
  const decideAll = () =>
    desk.decideAll(Object.fromEntries(possible.map(({ id }) => [id, allCut ? "keep" : "cut"] as const)));

  return (
    <section className="rounded-card border border-line bg-card p-4">
      <h3 className="text-large">{countOf(kind, proposals.length)}</h3>
      <p className="mt-0.5 mb-2 text-small text-soft">
        {cutCount === 0 ? `None ${done}` : cutCount === proposals.length ? `All ${done}` : `${cutCount} ${done}`} ·{" "}
        {spokenLength(proposals.reduce((sum, { start_ms: start, end_ms: end }) => sum + end - start, 0))} in all
      </p>
      {possible.length > 1 ? (
        <Button icon={allCut ? Undo2 : Scissors} onClick={decideAll}>
          {allCut ? KIND_WORDS[kind].keepAll : KIND_WORDS[kind].cutAll}
        </Button>
      ) : null}
      <details open={proposals.length === 1 || kind === "flubber" || kind === "sound_cue"} className="group mt-1">
        <summary
          className={clsx(
            "flex min-h-11 cursor-pointer items-center gap-1.5 font-semibold text-pine",
            proposals.length === 1 && "sr-only",
          )}
        >
          <ChevronRight aria-hidden className="size-5 group-open:rotate-90" />
          One by one
          <span className="sr-only">: {KIND_WORDS[kind].many}</span>
        </summary>
        <ul>
          {shown.map((proposal) => (
            <OneCut
              key={proposal.id}
              episode={episode}
              proposal={proposal}
              words={words}
              hearing={hearing}
              desk={desk}
            />
          ))}
        </ul>
        {shown.length < proposals.length ? (
          <Button weight="quiet" onClick={() => setAll(true)}>
            Show the other {proposals.length - shown.length}
          </Button>
        ) : null}
      </details>
    </section>
  );
}

interface CutsPanelProps {
  episode: Episode;
  proposals: readonly Proposal[];
  words: Words;
  desk: DecisionDesk;
  hearing: HearingDesk;
}

function keptSentence(proposals: readonly Proposal[], desk: DecisionDesk): string {
  if (desk.saving) return "Saving…";
  const taken = cutMs(proposals);
  if (taken > 0) return `${spokenLength(taken)} cut. The original is kept.`;
  return proposals.some(({ kind, cut }) => cut && kind === "sound_cue")
    ? "Nothing is cut. The original is kept."
    : "Nothing is cut. Your recording stays whole.";
}

/** What went wrong may stand far from the button that was pressed. */
const bringIntoSight = (element: HTMLElement | null) => element?.scrollIntoView({ block: "nearest" });

export function CutsPanel({ episode, proposals, words, desk, hearing }: CutsPanelProps) {
  return (
    <div className="flex flex-col gap-4">
      <div className="flex flex-wrap items-center justify-between gap-2">
        <p role="status" className="font-semibold">
          {desk.error ? "" : keptSentence(proposals, desk)}
        </p>
        <span className="flex flex-wrap gap-2">
          <Button icon={Undo2} disabled={!desk.canUndo} onClick={desk.undo}>
            Undo
          </Button>
          <Button icon={Redo2} disabled={!desk.canRedo} onClick={desk.redo}>
            Redo
          </Button>
        </span>
      </div>
      {desk.error ? (
        <div ref={bringIntoSight}>
          <ErrorCard
            error={desk.error}
            heading={desk.editedElsewhere ? "This episode was edited in another window." : "Your last choice was not saved."}
            kept={desk.editedElsewhere ? "You now see the cuts as they are there." : "Your earlier choices are kept."}
          />
        </div>
      ) : null}
      {proposals.length === 0 ? <p className="text-soft">We found nothing that should go.</p> : null}
      {KINDS.map((kind) => {
        const ofKind = proposals.filter((proposal) => proposal.kind === kind);
        return ofKind.length === 0 ? null : (
          <KindGroup key={kind} kind={kind} episode={episode} proposals={ofKind} words={words} desk={desk} hearing={hearing} />
        );
      })}
    </div>
  );
}
