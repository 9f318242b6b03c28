/** What the error page says, in one sentence, before anything else. Pure. */
import type { ErrorRow, ErrorSource, ErrorStats } from "@/api/types";
import { shortMoment } from "@/shared/lib/format-time";

export const LEVEL_WORDS: Record<ErrorRow["level"], string> = {
  fatal: "Fatal",
  error: "Error",
  warning: "Warning",
  info: "Note",
  debug: "Trace",
};

export const STATUS_WORDS: Record<ErrorRow["status"], string> = {
  unresolved: "Waiting",
  resolved: "Resolved",
  ignored: "Ignored",
};

export const times = (count: number): string => (count === 1 ? "once" : `${count.toLocaleString("en-GB")} times`);
export const people = (count: number): string => (count === 1 ? "1 person" : `${count.toLocaleString("en-GB")} people`);
const errors = (count: number): string => (count === 1 ? "1 error" : `${count.toLocaleString("en-GB")} errors`);

/** "No errors" is said only when whoever tells of errors answers, and says so. */
export function headline(stats: ErrorStats): string {
  const { source, total_unresolved: total, critical_errors: critical } = stats;
  if (total === null) return "We do not know whether there are errors.";
  const waiting =
    total === 0
      ? "No errors are waiting."
      : `${errors(total)} ${total === 1 ? "is" : "are"} waiting${critical ? `, ${critical} of them critical` : ""}.`;
  if (stats.api_available) return waiting;
  return source.as_of === null
    ? "We do not know whether there are errors."
    : `We do not know what happened since ${shortMoment(source.as_of)}. Until then: ${waiting}`;
}

const HEADINGS: Record<string, string> = {
  sentry_token_dead: "Sentry does not accept our token any more.",
  sentry_scope_missing: "Our token may not read errors in Sentry.",
  sentry_not_found: "Sentry does not know our organisation.",
  sentry_rate_limited: "Sentry asks us to slow down.",
  sentry_too_slow: "Sentry takes too long to answer.",
  sentry_unreachable: "We cannot reach Sentry.",
  sentry_broken: "Sentry has a fault of its own.",
  sentry_answer_bad: "What answers is not Sentry.",
  sentry_resting: "Sentry is left alone for a while.",
  sentry_not_asked: "Sentry is being asked for the first time.",
};

/** A failure under its own name. */
export const failureHeading = (code: string): string => HEADINGS[code] ?? "The errors cannot be read just now.";

/** Whose list this is, and of when. */
export function sourceWords(source: ErrorSource): string {
  if (source.kind === "own") return "Kept by DoneCast itself; no Sentry is connected.";
  return source.as_of === null ? "From Sentry." : `From Sentry, as of ${shortMoment(source.as_of)}.`;
}
