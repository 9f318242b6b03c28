/** Proposed cuts beside the text: all of a kind with one button, or each by itself. */
import { clsx } from "clsx";
import { ChevronRight, Headphones, Redo2, Scissors, Square, Undo2 } from "lucide-react";
import { useId, useState } from "react";

import type { Proposal, ProposalKind, Word } from "@/api/types";
import { clockTime, spokenLength } from "@/shared/lib/format-time";
import { Button } from "@/shared/ui/button";
import { ErrorCard } from "@/shared/ui/error-card";

import { actionWords, canBeDone, countOf, cutMs, doneWord, KIND_WORDS, KINDS } from "./proposal-words";
import type { DecisionDesk } from "./use-decisions";
import type { HearingDesk } from "./use-hearing";

const SHOWN_AT_FIRST = 5;

interface OneCutProps {
  proposal: Proposal;
  text: string;
  hearing: HearingDesk;
  onDecide: (cut: boolean) => void;
}

function OneCut({ proposal, text, hearing, onDecide }: OneCutProps) {
  const name = useId();
  const heard = hearing.id === proposal.id;
  return (
    <li className="border-t border-line py-3">
      <fieldset className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2">
        <legend className="sr-only">
          {KIND_WORDS[proposal.kind].one} at {clockTime(proposal.start_ms)}
        </legend>
        <p className="min-w-0 grow basis-40">
          <span className="block text-small text-soft tabular-nums">
            {clockTime(proposal.start_ms)} · {spokenLength(proposal.end_ms - proposal.start_ms)}
          </span>
          {text ? <q className="font-reading break-words">{text}</q> : null}
          <span className="block text-small text-soft">{proposal.reason}</span>
        </p>
        <Button
          weight="quiet"
          icon={heard ? Square : Headphones}
          disabled={!canBeDone(proposal)}
          onClick={() => hearing.toggle(proposal)}
        >
          {heard ? (hearing.fetching ? "One moment…" : "Stop") : actionWords(proposal).hear}
        </Button>
        <span className="flex overflow-hidden rounded-control border border-edge">
          {[true, false].map((cut) => (
            <label
              key={String(cut)}
              className="flex min-h-11 cursor-pointer items-center gap-2 px-3 text-small font-semibold has-checked:bg-well has-focus-visible:outline-3 has-focus-visible:-outline-offset-3 has-focus-visible:outline-(--focus)"
            >
              <input
                type="radio"
                name={name}
                checked={proposal.cut === cut}
                disabled={cut && !canBeDone(proposal)}
                onChange={() => onDecide(cut)}
                className="size-4 accent-(--pine) outline-none"
              />
              {cut ? actionWords(proposal).press : "Keep"}
            </label>
          ))}
        </span>
      </fieldset>
    </li>
  );
}

interface KindGroupProps {
  kind: ProposalKind;
  proposals: readonly Proposal[];
  words: readonly Word[];
  desk: DecisionDesk;
  hearing: HearingDesk;
}

function KindGroup({ kind, proposals, words, desk, hearing }: KindGroupProps) {
  const [all, setAll] = useState(false);
  const possible = proposals.filter(canBeDone);
  const cutCount = proposals.filter(({ cut }) => cut).length;
  const allCut = cutCount > 0 && cutCount === possible.length;
  const shown = all ? proposals : proposals.slice(0, SHOWN_AT_FIRST);
  const done = doneWord(kind);
  const textOf = (proposal: Proposal) =>
    words
      .filter((word) => word.end_ms > proposal.start_ms && word.start_ms < proposal.end_ms)
      .map(({ text }) => text)
      .join(" ");
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
              proposal={proposal}
              text={textOf(proposal)}
              hearing={hearing}
              onDecide={(cut) => desk.decideAll({ [proposal.id]: cut ? "cut" : "keep" })}
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
  proposals: readonly Proposal[];
  words: readonly Word[];
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

export function CutsPanel({ proposals, words, desk, hearing }: CutsPanelProps) {
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
      {hearing.error ? (
        <ErrorCard error={hearing.error} heading="We could not play this cut." kept="Your choices are kept." />
      ) : null}
      {desk.error ? (
        <ErrorCard
          error={desk.error}
          heading={desk.editedElsewhere ? "This episode was edited in another window." : "Your last choice was not saved."}
          kept={desk.editedElsewhere ? "You now see the cuts as they are there." : "Your earlier choices are kept."}
        />
      ) : null}
      {proposals.length === 0 ? <p className="text-soft">We found nothing that should go.</p> : null}
      {KINDS.map((kind) => {
        const ofKind = proposals.filter((proposal) => proposal.kind === kind);
        return ofKind.length === 0 ? null : (
          <KindGroup key={kind} kind={kind} proposals={ofKind} words={words} desk={desk} hearing={hearing} />
        );
      })}
    </div>
  );
}
