/** How the page of Auto-Ops says things. */
import type { AutoOpsRunRow } from "@/api/types";

type State = AutoOpsRunRow["state"];

const STATE_WORDS: Record<State, string> = {
  seen: "waits",
  claimed: "is looked into",
  collecting: "is looked into",
  analysed: "is looked into",
  proposing: "a change is tried",
  reviewing: "a change is tried",
  validated: "is about to be answered",
  rejected: "is about to be answered",
  no_fix: "is about to be answered",
  reply_pending: "is about to be answered",
  replied: "answered",
  failed_retryable: "failed, is tried again",
  failed_final: "failed, needs you",
  needs_human: "needs you",
  suppressed: "was answered before",
};

const DISPOSITION_WORDS: Record<string, string> = {
  known_issue: "known issue",
  code_bug: "fault in the program",
  config: "setting or key",
  provider: "outside service",
  capacity: "not enough workers or room",
  security: "security",
  noise: "nothing to do",
  unknown: "not known",
};

const NEEDS_SOMEBODY: ReadonlySet<State> = new Set<State>(["needs_human", "failed_final"]);

export const stateWords = (state: State): string => STATE_WORDS[state];
export const dispositionWords = (disposition: string): string => DISPOSITION_WORDS[disposition] ?? disposition;
export const needsSomebody = (state: State): boolean => NEEDS_SOMEBODY.has(state);
export const dollars = (microdollars: number): string => `$${(microdollars / 1_000_000).toFixed(2)}`;

/** A name such as breaker_open in words, with what it is about; else the alert's first line. */
export function title(run: AutoOpsRunRow): string {
  if (run.name === "") return run.first_line;
  const words = run.name.replaceAll("_", " ");
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}${run.subject === "" ? "" : `: ${run.subject}`}`;
}

export function headline(runs: readonly AutoOpsRunRow[], isSetUp: boolean): string {
  const waiting = runs.filter((run) => needsSomebody(run.state)).length;
  if (waiting > 0) return waiting === 1 ? "One alert needs you." : `${waiting} alerts need you.`;
  if (runs.length > 0) return "Every alert was looked into.";
  return isSetUp ? "No alert has come yet." : "Auto-Ops is not set up.";
}

export const repeatWords = (repeats: number): string =>
  repeats === 0 ? "" : repeats === 1 ? " · told once more" : ` · told ${repeats} times more`;
