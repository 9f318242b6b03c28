/** One proposed cut: what it is, how it sounds, whether it is made, and from where to where. */
import { Headphones, MoveHorizontal, Square } from "lucide-react";
import { useId } from "react";

import { hearCut, type Stretch } from "@/api/transcripts";
import type { Episode, Proposal, Words } from "@/api/types";
import { clockTime, spokenLength } from "@/shared/lib/format-time";
import { Button } from "@/shared/ui/button";
import { ErrorCard } from "@/shared/ui/error-card";

import { EdgeEditor } from "./edge-editor";
import type { Edge, Edges } from "./edges";
import { actionWords, canBeDone, KIND_WORDS } from "./proposal-words";
import type { DecisionDesk } from "./use-decisions";
import type { HearingDesk } from "./use-hearing";
import { useOpening } from "./use-opening";

const BOTH_EDGES: readonly Edge[] = ["start", "end"];

const stretchOf = ({ startMs, endMs }: Edges): Stretch => ({ start_ms: startMs, end_ms: endMs });

interface OneCutProps {
  episode: Episode;
  proposal: Proposal;
  words: Words;
  hearing: HearingDesk;
  desk: DecisionDesk;
}

function CutOrKeep({ proposal, onDecide }: { proposal: Proposal; onDecide: (cut: boolean) => void }) {
  const name = useId();
  return (
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
  );
}

export function OneCut({ episode, proposal, words, hearing, desk }: OneCutProps) {
  const { open, setOpen, opener } = useOpening();
  const heard = hearing.id === proposal.id;
  const movedName = `${proposal.id} moved`;
  const text = words.words
    .filter((word) => word.end_ms > proposal.start_ms && word.start_ms < proposal.end_ms)
    .map((word) => word.text)
    .join(" ");
  const moved = proposal.start_ms !== proposal.found_start_ms || proposal.end_ms !== proposal.found_end_ms;
  const close = () => {
    if (hearing.id === movedName) hearing.stop();
    setOpen(false);
  };
  return (
    <li className="border-t border-line py-3">
      <fieldset>
        <legend className="sr-only">
          {KIND_WORDS[proposal.kind].one} at {clockTime(proposal.start_ms)}
        </legend>
        <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2">
          <p className="min-w-0 grow basis-40">
            <span className="block text-small text-soft tabular-nums">
              {clockTime(proposal.start_ms)} · {spokenLength(proposal.end_ms - proposal.start_ms)}
              {moved ? " · edges changed" : ""}
            </span>
            {text ? <q className="font-reading break-words">{text}</q> : null}
            <span className="block text-small text-soft">{proposal.reason}</span>
          </p>
          <Button
            weight="quiet"
            className="px-0!"
            icon={heard ? Square : Headphones}
            disabled={!canBeDone(proposal)}
            onClick={() => hearing.toggle(proposal.id, (signal) => hearCut(episode.id, proposal, signal))}
          >
            {heard ? (hearing.fetching ? "One moment…" : "Stop") : actionWords(proposal).hear}
          </Button>
          <CutOrKeep
            proposal={proposal}
            onDecide={(cut) => desk.decideAll({ [proposal.id]: cut ? "cut" : "keep" })}
          />
        </div>
        {hearing.failed === proposal.id || hearing.failed === movedName ? (
          <ErrorCard error={hearing.error} heading="We could not play this cut." kept="Your choices are kept." />
        ) : null}
        {open ? (
          <EdgeEditor
            recordingId={episode.recording_id}
            words={words.words}
            edges={{ startMs: proposal.start_ms, endMs: proposal.end_ms }}
            limits={{ startMs: 0, endMs: words.duration_ms }}
            handles={BOTH_EDGES}
            look="cut"
            help={proposal.cut ? undefined : `Saving also ${actionWords(proposal).saves}.`}
            unsaved={!proposal.cut}
            hearWords={actionWords(proposal).hearEdges}
            hearing={hearing.id === movedName}
            fetching={hearing.fetching}
            onHear={(edges) =>
              hearing.toggle(movedName, (signal) => hearCut(episode.id, proposal, signal, stretchOf(edges)))
            }
            onSave={(edges) => {
              desk.setEdges(proposal.id, stretchOf(edges));
              close();
            }}
            onBack={close}
          />
        ) : (
          <Button
            ref={opener}
            weight="quiet"
            icon={MoveHorizontal}
            className="px-0! text-left!"
            disabled={!canBeDone(proposal)}
            onClick={() => setOpen(true)}
          >
            Change where it starts and ends
          </Button>
        )}
      </fieldset>
    </li>
  );
}
