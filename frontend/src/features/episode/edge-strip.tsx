/** The sound around a stretch, with handles at its edges: to be dragged, or moved by the arrow keys. */
import { clsx } from "clsx";
import { ChevronLeft, ChevronRight } from "lucide-react";
import { type KeyboardEvent, type PointerEvent, useEffect, useMemo, useRef } from "react";

import type { Peaks } from "@/api/peaks";
import { spokenInstant } from "@/shared/lib/format-time";

import { type Edge, type Edges, LEAP_MS, nearestPoint, outline, STEP_MS } from "./edges";

const COLUMNS = 400;

interface HandleProps {
  edge: Edge;
  edges: Edges;
  limits: Edges;
  /** Where it stands, in percent of the strip. */
  percent: number;
  points: readonly number[];
  /** The instant that lies under a place of the screen. */
  instantAt: (x: number) => number;
  onMove: (edge: Edge, ms: number) => void;
  onDrag: (dragging: boolean) => void;
  autoFocus: boolean;
}

/** The part to take hold of lies outside the stretch, so that two handles of a short one never cover each other. */
function Handle({ edge, edges, limits, percent, points, instantAt, onMove, onDrag, autoFocus }: HandleProps) {
  const handle = useRef<HTMLDivElement>(null);
  /** How far from the edge it was taken hold of, so that it does not jump; null while it is not held. */
  const held = useRef<number | null>(null);
  const ms = edge === "start" ? edges.startMs : edges.endMs;
  const Icon = edge === "start" ? ChevronLeft : ChevronRight;

  useEffect(() => {
    if (autoFocus) handle.current?.focus();
  }, [autoFocus]);

  const onKeyDown = (event: KeyboardEvent) => {
    const step = event.shiftKey ? LEAP_MS : STEP_MS;
    const to = {
      ArrowLeft: ms - step,
      ArrowDown: ms - step,
      ArrowRight: ms + step,
      ArrowUp: ms + step,
      Home: nearestPoint(points, ms, -1) ?? ms,
      End: nearestPoint(points, ms, 1) ?? ms,
    }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    onMove(edge, to);
  };

  const take = (event: PointerEvent) => {
    handle.current?.setPointerCapture(event.pointerId);
    held.current = instantAt(event.clientX) - ms;
    onDrag(true);
  };
  const drag = (event: PointerEvent) => {
    if (held.current !== null) onMove(edge, instantAt(event.clientX) - held.current);
  };
  const drop = () => {
    held.current = null;
    onDrag(false);
  };

  return (
    <div
      ref={handle}
      role="slider"
      tabIndex={0}
      aria-label={edge === "start" ? "Start" : "End"}
      aria-valuemin={edge === "start" ? limits.startMs : Math.max(limits.startMs, edges.startMs)}
      aria-valuemax={edge === "start" ? edges.endMs : limits.endMs}
      aria-valuenow={ms}
      aria-valuetext={`${edge}s at ${spokenInstant(ms)}`}
      onKeyDown={onKeyDown}
      onPointerDown={take}
      onPointerMove={drag}
      onPointerUp={drop}
      onPointerCancel={drop}
      style={{ left: `${percent}%` }}
      className={clsx(
        "absolute inset-y-0 flex w-11 cursor-ew-resize touch-none items-center justify-center rounded-control",
        "focus-visible:-outline-offset-2",
        edge === "start" ? "-translate-x-full border-r-3 border-pine" : "border-l-3 border-pine",
      )}
    >
      <span className="flex h-11 w-8 items-center justify-center rounded-control border-2 border-pine bg-card text-pine">
        <Icon aria-hidden className="size-5" />
      </span>
    </div>
  );
}

interface EdgeStripProps {
  peaks: Peaks | undefined;
  view: Edges;
  edges: Edges;
  limits: Edges;
  /** Those that can be moved. */
  handles: readonly Edge[];
  /** Struck when it will not be heard, washed when it is what somebody asked. */
  look: "cut" | "asked";
  points: readonly number[];
  onMove: (edge: Edge, ms: number) => void;
  onDrag: (dragging: boolean) => void;
}

export function EdgeStrip({ peaks, view, edges, limits, handles, look, points, onMove, onDrag }: EdgeStripProps) {
  const strip = useRef<HTMLDivElement>(null);
  const path = useMemo(() => (peaks ? outline(peaks, view, COLUMNS) : ""), [peaks, view]);
  const length = view.endMs - view.startMs;
  const percent = (ms: number) => Math.min(100, Math.max(0, ((ms - view.startMs) / length) * 100));
  const instantAt = (x: number) => {
    const { left, width } = strip.current?.getBoundingClientRect() ?? { left: 0, width: 1 };
    return view.startMs + ((x - left) / width) * length;
  };
  const [from, to] = [percent(edges.startMs), percent(edges.endMs)];
  return (
    <div ref={strip} className="relative h-24 touch-pan-y overflow-hidden rounded-control border border-edge bg-paper select-none">
      <div
        className={clsx("absolute inset-y-0", look === "cut" ? "is-cut" : "bg-sky-wash")}
        style={{ left: `${from}%`, width: `${to - from}%` }}
      />
      <svg
        aria-hidden
        viewBox={`0 0 ${COLUMNS} 100`}
        preserveAspectRatio="none"
        className="absolute inset-0 size-full text-ink"
      >
        <path d={path} fill="currentColor" />
      </svg>
      {handles.map((edge, index) => (
        <Handle
          key={edge}
          edge={edge}
          edges={edges}
          limits={limits}
          percent={edge === "start" ? from : to}
          points={points}
          instantAt={instantAt}
          onMove={onMove}
          onDrag={onDrag}
          autoFocus={index === 0}
        />
      ))}
    </div>
  );
}
