/** How fast an upload goes and how long it still takes; silent until there is enough to measure. */
import { fileSize } from "@/shared/lib/format-size";

const QUIET_MS = 3_000;

export interface Pace {
  startedAt: number;
  startedAtByte: number;
}

/** "2 MB a second, about 4 minutes left", or nothing in the first three seconds. */
export function paceSentence(pace: Pace, now: number, sentBytes: number, allBytes: number): string | null {
  const elapsedMs = now - pace.startedAt;
  const moved = sentBytes - pace.startedAtByte;
  if (elapsedMs < QUIET_MS || moved <= 0) return null;
  const perSecond = (moved / elapsedMs) * 1000;
  return `${fileSize(perSecond)} a second, ${remaining((allBytes - sentBytes) / perSecond)}`;
}

function remaining(seconds: number): string {
  if (seconds < 10) return "a few seconds left";
  if (seconds < 90) return `about ${Math.round(seconds / 10) * 10} seconds left`;
  if (seconds < 90 * 60) return `about ${Math.round(seconds / 60)} minutes left`;
  return `about ${Math.round(seconds / 3600)} hours left`;
}
