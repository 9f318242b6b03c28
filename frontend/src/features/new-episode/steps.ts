/** The list on the left: sending is ours, everything after it is told by the server. */
import type { Operation } from "@/api/types";
import { fileSize } from "@/shared/lib/format-size";
import { clockTime } from "@/shared/lib/format-time";
import type { ProgressStep, StepState } from "@/shared/ui/progress-list";

import type { SessionState } from "./session";

/** Shown until the server names its own steps. */
const AHEAD: readonly { name: string; title: string }[] = [
  { name: "check", title: "Checking the recording" },
  { name: "transcribe", title: "Writing out the words" },
  { name: "propose", title: "Looking for what could be cut" },
  { name: "assemble", title: "Adding intro and music" },
  { name: "tag", title: "Finishing the file" },
];

const refusedOnTheWay = ({ failedIn, media }: SessionState): boolean => failedIn === "file" && media === null;

function sendingStep(session: SessionState): ProgressStep {
  const { phase, failedIn, file, sentBytes, pace, media } = session;
  const failed = phase === "failed" && failedIn === "sending";
  const sending = phase === "sending";
  const all = file?.bytes ?? 0;
  const facts = [
    sending || failed ? `${fileSize(sentBytes)} of ${fileSize(all)}` : all > 0 ? fileSize(all) : "",
    sending ? (pace ?? "") : "",
    media?.duration_ms ? `${clockTime(media.duration_ms)} long` : "",
  ].filter(Boolean);
  return {
    name: "send",
    title: "Sending the recording",
    state: failed || refusedOnTheWay(session) ? "failed" : sending ? "running" : "done",
    percent: sending && all > 0 ? (100 * sentBytes) / all : null,
    detail: facts.join(" · "),
  };
}

function stateAhead(session: SessionState, name: string): StepState {
  if (name !== "check") return "waiting";
  if (session.phase === "checking" || session.phase === "starting") return "running";
  return session.phase === "failed" && session.failedIn !== "sending" && !refusedOnTheWay(session) ? "failed" : "waiting";
}

export function progressSteps(session: SessionState, operation: Operation | undefined): ProgressStep[] {
  const after: ProgressStep[] =
    operation?.steps ?? AHEAD.map((step) => ({ ...step, state: stateAhead(session, step.name) }));
  return [sendingStep(session), ...after];
}
