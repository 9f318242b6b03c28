/** Moving the edges of a stretch: seen, heard and read before anything is saved. */
import { useQuery } from "@tanstack/react-query";
import { ArrowLeft, Check, Headphones, Square } from "lucide-react";
import { useMemo, useState } from "react";

import { peaksQuery, silencesQuery } from "@/api/media";
import type { Word } from "@/api/types";
import { exactClock, spokenInstant, spokenLength } from "@/shared/lib/format-time";
import { Button } from "@/shared/ui/button";
import { ErrorCard } from "@/shared/ui/error-card";

import { EdgeStrip } from "./edge-strip";
import { type Edge, type Edges, isCramped, moveEdge, nearestPoint, pausePoints, runsOf, STEP_MS, viewAround } from "./edges";

interface EdgeRowProps {
  edge: Edge;
  ms: number;
  nearest: number | null;
  onMove: (edge: Edge, ms: number) => void;
}

/** What dragging does, for those who would rather press. */
function EdgeRow({ edge, ms, nearest, onMove }: EdgeRowProps) {
  const name = edge === "start" ? "Start" : "End";
  const press = (words: string, to: number | null) => (
    <Button className="grow px-3!" aria-label={`${name}: ${words}`} disabled={to === null} onClick={() => onMove(edge, to ?? ms)}>
      {words}
    </Button>
  );
  return (
    <div role="group" aria-label={name} className="flex flex-wrap items-center gap-2">
      <p className="min-w-36 grow font-semibold tabular-nums">
        {name}s at {exactClock(ms)}
      </p>
      <span className="flex grow flex-wrap gap-2">
        {press("Earlier", ms - STEP_MS)}
        {press("Later", ms + STEP_MS)}
        {press("Nearest pause", nearest)}
      </span>
    </div>
  );
}

export interface EdgeEditorProps {
  recordingId: string;
  words: readonly Word[];
  /** Where they are now. */
  edges: Edges;
  /** How far they may go. */
  limits: Edges;
  handles: readonly Edge[];
  look: "cut" | "asked";
  /** Good instants beside the recording's own pauses. */
  points?: readonly number[] | undefined;
  /** What saving does, where that is not only to move edges. */
  help?: string | undefined;
  /** Whether there is something to save although no edge moved. */
  unsaved?: boolean | undefined;
  hearWords: string;
  hearing: boolean;
  fetching: boolean;
  onHear: (edges: Edges) => void;
  saving?: boolean | undefined;
  onSave: (edges: Edges) => void;
  onBack: () => void;
}

export function EdgeEditor(props: EdgeEditorProps) {
  const { recordingId, words, limits, handles, look, help, hearing } = props;
  const [edges, setEdges] = useState(props.edges);
  const [view, setView] = useState(() => viewAround(props.edges));
  const [dragging, setDragging] = useState(false);
  /** Said aloud after a button was pressed; a slider says its own value. */
  const [said, setSaid] = useState("");
  const peaks = useQuery(peaksQuery(recordingId));
  const silences = useQuery(silencesQuery(recordingId));
  const points = useMemo(
    () => [...pausePoints(silences.data ?? []), ...(props.points ?? [])],
    [silences.data, props.points],
  );
  const changed = edges.startMs !== props.edges.startMs || edges.endMs !== props.edges.endMs;

  // Not while a handle is held: the sound must not slide away under it.
  if (!dragging && isCramped(view, edges)) setView(viewAround(edges));

  const move = (edge: Edge, ms: number) => {
    const after = moveEdge(edges, edge, ms, limits);
    setEdges(after);
    setSaid("");
  };
  const press = (edge: Edge, ms: number) => {
    const after = moveEdge(edges, edge, ms, limits);
    setEdges(after);
    setSaid(`${edge}s at ${spokenInstant(edge === "start" ? after.startMs : after.endMs)}`);
  };
  const failed = [peaks, silences].find(({ isError }) => isError);

  return (
    <div
      className="mt-3 flex flex-col gap-3 rounded-card bg-well p-3"
      onKeyDown={(event) => {
        if (event.key === "Escape") props.onBack();
      }}
    >
      <EdgeStrip
        peaks={peaks.data}
        view={view}
        edges={edges}
        limits={limits}
        handles={handles}
        look={look}
        points={points}
        onMove={move}
        onDrag={setDragging}
      />
      {failed ? (
        <ErrorCard
          error={failed.error}
          heading="We could not draw the sound here."
          kept="The edges can be moved all the same."
          action={{ words: "Try again", onPress: () => void Promise.all([peaks.refetch(), silences.refetch()]) }}
          busy={failed.isFetching}
        />
      ) : null}
      <p className="font-reading leading-relaxed" aria-label="What is said here" role="group">
        {runsOf(words, view, edges).map(({ inside, text }, index) => {
          if (!inside) return `${text} `;
          return look === "cut" ? (
            <span key={index}>
              <del className="is-cut">{text}</del>{" "}
            </span>
          ) : (
            <span key={index}>
              <strong className="bg-sky-wash text-sky underline underline-offset-4">{text}</strong>{" "}
            </span>
          );
        })}
      </p>
      {handles.map((edge) => {
        const ms = edge === "start" ? edges.startMs : edges.endMs;
        return <EdgeRow key={edge} edge={edge} ms={ms} nearest={nearestPoint(points, ms, 0)} onMove={press} />;
      })}
      <p className="text-small text-soft">
        {spokenLength(edges.endMs - edges.startMs)} in all. Drag a handle, press a button, or use the arrow keys on a
        handle: Shift moves further, Home and End go to a pause. {help}
      </p>
      <p role="status" className="sr-only">
        {said}
      </p>
      <span className="flex flex-wrap gap-2">
        <Button icon={hearing ? Square : Headphones} onClick={() => props.onHear(edges)}>
          {hearing ? (props.fetching ? "One moment…" : "Stop") : props.hearWords}
        </Button>
        <Button
          weight="main"
          icon={Check}
          disabled={!changed && !props.unsaved}
          busy={props.saving && "Saving…"}
          onClick={() => props.onSave(edges)}
        >
          Save
        </Button>
        <Button weight="quiet" icon={ArrowLeft} onClick={props.onBack}>
          Back
        </Button>
      </span>
    </div>
  );
}
