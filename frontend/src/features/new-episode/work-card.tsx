/** Progress of one new episode, and what to do when a part of it did not work. */
import { useRetryOperation } from "@/api/operations";
import { RefusedError } from "@/api/errors";
import type { Operation } from "@/api/types";
import { Button } from "@/shared/ui/button";
import { ErrorCard } from "@/shared/ui/error-card";
import { Card } from "@/shared/ui/page";
import { ProgressList } from "@/shared/ui/progress-list";
import { QuoteNote } from "@/shared/ui/quote-note";
import { ShortageLink } from "@/shared/ui/shortage-link";

import { session, type SessionState } from "./session";
import { progressSteps } from "./steps";

const HEADINGS = {
  sending: "The recording has not arrived yet.",
  file: "We cannot use this recording.",
  checking: "The recording could not be checked.",
  starting: "The work could not be started.",
} as const;

interface WorkCardProps {
  state: SessionState;
  operation: Operation | undefined;
  operationError: unknown;
}

function inWords(error: unknown): string {
  if (error instanceof RefusedError) return `${error.message} ${error.action}`;
  return error instanceof Error ? error.message : "";
}

function SessionFault({ state }: { state: SessionState }) {
  const { failedIn, error, file } = state;
  if (failedIn === null) return null;
  if (failedIn === "file") {
    return (
      <div role="alert" className="flex flex-col items-start gap-3 rounded-card border border-cut bg-cut-wash p-4">
        <p className="font-semibold text-cut">{HEADINGS.file}</p>
        <p>{inWords(error)}</p>
        <Button onClick={() => session.reset()}>Choose another recording</Button>
      </div>
    );
  }
  const kept = failedIn === "sending" ? `What has arrived of ${file?.name ?? "it"} is kept.` : "Your recording is safe.";
  return (
    <>
      <ErrorCard
        error={error}
        heading={HEADINGS[failedIn]}
        kept={kept}
        action={{ words: failedIn === "sending" ? "Go on sending" : "Try again", onPress: () => session.tryAgain() }}
      />
      <ShortageLink error={error} />
    </>
  );
}

export function WorkCard({ state, operation, operationError }: WorkCardProps) {
  const retry = useRetryOperation();
  const fault = operation?.state === "failed" && operation.error ? new RefusedError(0, operation.error) : null;
  return (
    <Card className="flex flex-col gap-6">
      <ProgressList steps={progressSteps(state, operation)} label="Progress" />
      {state.quote ? <QuoteNote quote={state.quote} what="Making this episode" /> : null}
      {state.phase === "failed" ? <SessionFault state={state} /> : null}
      {fault && operation ? (
        <ErrorCard
          error={fault}
          heading="One step did not work."
          kept="Your recording and what was done before are kept."
          action={{ words: "Try again", onPress: () => retry.mutate(operation.id) }}
          busy={retry.isPending}
        />
      ) : null}
      {retry.isError ? <ErrorCard error={retry.error} heading="It could not be started again." /> : null}
      <ShortageLink error={retry.error ?? fault} />
      {operationError ? <ErrorCard error={operationError} heading="We lost sight of the work for a moment." /> : null}
    </Card>
  );
}
