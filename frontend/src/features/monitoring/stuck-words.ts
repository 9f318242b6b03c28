/** What is said of work that does not move. Pure. */
import type { CleanUp, StuckEpisode } from "@/api/types";

export type Remedy = CleanUp["action"];

export const REMEDIES: Record<Remedy, { words: string; weight: "plain" | "danger" }> = {
  requeue: { words: "Start it again", weight: "plain" },
  fail_and_release: { words: "End it and give the credits back", weight: "danger" },
  ignore: { words: "Leave it as it is", weight: "plain" },
};

/** What it waits for. */
export function waitsFor({ trouble, worker }: StuckEpisode): string {
  const whose = worker === null ? "its worker" : `the worker ${worker}`;
  if (trouble === "waits_too_long") return "It waits for a free worker.";
  if (trouble === "lease_gone") return `It waits for ${whose}, which is silent.`;
  return `It waits for ${whose}, which is still at it after more than two hours.`;
}

/** The instant from which on nothing was heard of it; `askedAt`: when the answer came, in milliseconds. */
export const stuckSince = (one: StuckEpisode, askedAt: number): string =>
  new Date(askedAt - one.silent_seconds * 1000).toISOString();

/** How often it was begun anew by itself; empty for never. */
export function begunAgain({ recoveries }: StuckEpisode): string {
  if (recoveries === 0) return "";
  return recoveries === 1 ? " · begun again once" : ` · begun again ${recoveries} times`;
}
