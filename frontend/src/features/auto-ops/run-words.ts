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

const STATE_SENTENCES: Record<State, string> = {
  seen: "It waits to be looked into.",
  claimed: "It is being looked into.",
  collecting: "It is being looked into.",
  analysed: "It is being looked into.",
  proposing: "A change is being tried.",
  reviewing: "A change is being tried.",
  validated: "It is about to be answered.",
  rejected: "It is about to be answered.",
  no_fix: "It is about to be answered.",
  reply_pending: "It is about to be answered.",
  replied: "It was answered.",
  failed_retryable: "It failed and will be tried again.",
  failed_final: "It failed, so a person is needed.",
  needs_human: "A person is needed.",
  suppressed: "It was told before, and is counted in the first thread.",
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
const IS_DONE: ReadonlySet<State> = new Set<State>(["replied", "suppressed", ...NEEDS_SOMEBODY]);

export const stateWords = (state: State): string => STATE_WORDS[state];
export const stateSentence = (state: State): string => STATE_SENTENCES[state];
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
  const going = runs.filter((run) => !IS_DONE.has(run.state)).length;
  if (going > 0) return going === 1 ? "One alert is being looked into." : `${going} alerts are being looked into.`;
  if (runs.length > 0) return "Every alert was looked into.";
  return isSetUp ? "No alert has come yet." : "Auto-Ops is not set up.";
}

export const repeatWords = (repeats: number): string =>
  repeats === 0 ? "" : repeats === 1 ? " · told once more" : ` · told ${repeats} times more`;
