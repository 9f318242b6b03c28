/** Where a stretch of the recording starts and ends, and how far its edges move. Pure; all times in milliseconds. */
import type { Peaks } from "@/api/peaks";
import type { Word } from "@/api/types";

export interface Edges {
  startMs: number;
  endMs: number;
}

export type Edge = "start" | "end";

export const STEP_MS = 50;
export const LEAP_MS = 250;
const SHORTEST_MS = 20;
/** What is left of a pause on either side of a joint, so that it does not sound rushed. */
const BREATH_MS = 150;
const AROUND_MS_MIN = 2_000;
const AROUND_SHARE = 0.35;

/** The stretch with one edge elsewhere, as far as the recording and the other edge let it. */
export function moveEdge(edges: Edges, edge: Edge, toMs: number, limits: Edges): Edges {
  const ms = Math.round(toMs);
  return edge === "start"
    ? { ...edges, startMs: Math.max(limits.startMs, Math.min(ms, edges.endMs - SHORTEST_MS)) }
    : { ...edges, endMs: Math.min(limits.endMs, Math.max(ms, edges.startMs + SHORTEST_MS, limits.startMs + SHORTEST_MS)) };
}

/** Good instants for an edge: a breath inside each pause from either side, the middle of a short one. */
export function pausePoints(silences: readonly { start_ms: number; end_ms: number }[]): number[] {
  return silences.flatMap(({ start_ms: start, end_ms: end }) =>
    end - start <= 2 * BREATH_MS ? [Math.round((start + end) / 2)] : [start + BREATH_MS, end - BREATH_MS],
  );
}

/** The nearest of the points before an instant (-1), after it (1) or on either side (0); null where there is none. */
export function nearestPoint(points: readonly number[], ms: number, side: -1 | 0 | 1): number | null {
  let nearest: number | null = null;
  for (const point of points) {
    if (point === ms || (side !== 0 && Math.sign(point - ms) !== side)) continue;
    if (nearest === null || Math.abs(point - ms) < Math.abs(nearest - ms)) nearest = point;
  }
  return nearest;
}

/** What of the recording is shown around a stretch; it may begin before the recording, where there is nothing. */
export function viewAround({ startMs, endMs }: Edges): Edges {
  const around = Math.max(AROUND_MS_MIN, (endMs - startMs) * AROUND_SHARE);
  return { startMs: Math.round(startMs - around), endMs: Math.round(endMs + around) };
}

/** Whether an edge has come so near to the border of what is shown that more should be. */
export const isCramped = (view: Edges, { startMs, endMs }: Edges): boolean => {
  const least = (view.endMs - view.startMs) * 0.15;
  return startMs - view.startMs < least || view.endMs - endMs < least;
};

/** The sound as the path of an SVG area, in a box as wide as `columns` and 100 high, as loud as it gets here. */
export function outline({ perSecond, extremes }: Peaks, view: Edges, columns: number): string {
  const steps = extremes.length / 2;
  const at = (column: number) => Math.round(((view.startMs + ((view.endMs - view.startMs) * column) / columns) * perSecond) / 1000);
  const bars = Array.from({ length: columns }, (_, column) => {
    let [low, high] = [0, 0];
    const from = at(column);
    for (let step = Math.max(0, from); step < Math.min(steps, Math.max(at(column + 1), from + 1)); step += 1) {
      low = Math.min(low, extremes[2 * step] ?? 0);
      high = Math.max(high, extremes[2 * step + 1] ?? 0);
    }
    return { low, high };
  });
  const loudest = Math.max(16, ...bars.map(({ low, high }) => Math.max(-low, high)));
  const y = (value: number) => Math.round(500 - (value / loudest) * 480) / 10;
  const above = bars.map(({ high }, column) => `${column} ${y(high)}`);
  const below = bars.map(({ low, high }, column) => `${column} ${Math.max(y(low), y(high) + 1)}`).reverse();
  return `M${[...above, ...below].join("L")}Z`;
}

/** A word counts to a stretch when its middle lies in it, as everywhere in the studio. */
export const isInside = ({ start_ms: start, end_ms: end }: Word, { startMs, endMs }: Edges): boolean => {
  const middle = (start + end) / 2;
  return middle >= startMs && middle < endMs;
};

export interface Run {
  inside: boolean;
  text: string;
}

/** What is said in the view, in runs that lie inside the stretch or outside of it. */
export function runsOf(words: readonly Word[], view: Edges, edges: Edges): Run[] {
  const runs: Run[] = [];
  for (const word of words) {
    if (!isInside(word, view)) continue;
    const inside = isInside(word, edges);
    const last = runs.at(-1);
    if (last?.inside === inside) last.text += ` ${word.text}`;
    else runs.push({ inside, text: word.text });
  }
  return runs;
}
