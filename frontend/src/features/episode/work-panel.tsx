/** The work on this episode while it runs, and what to do when it stopped. */
import { RefusedError } from "@/api/errors";
import { isRunning, useCancelOperation, useRetryOperation } from "@/api/operations";
import type { Operation } from "@/api/types";
import { Button } from "@/shared/ui/button";
import { ErrorCard } from "@/shared/ui/error-card";
import { Card } from "@/shared/ui/page";
import { ProgressList } from "@/shared/ui/progress-list";
import { ShortageLink } from "@/shared/ui/shortage-link";

export function WorkPanel({ operation }: { operation: Operation }) {
  const retry = useRetryOperation();
  const cancel = useCancelOperation();
  const running = isRunning(operation);
  const fault = operation.state === "failed" && operation.error ? new RefusedError(0, operation.error) : null;
  const again = { words: "Try again", onPress: () => retry.mutate(operation.id) };
  return (
    <Card className="flex flex-col gap-5">
      <div>
        <h2 className="text-heading">{running ? "Being made" : "The work stopped"}</h2>
        {running ? <p className="text-soft">You can close this page. The work goes on without it.</p> : null}
      </div>
      {fault ? (
        <ErrorCard
          error={fault}
          heading="One step did not work."
          kept="Your recording and what was done before are kept."
          action={again}
          busy={retry.isPending}
        />
      ) : null}
      <ShortageLink error={retry.error ?? fault} />
      {operation.state === "cancelled" ? (
        <div className="flex flex-col items-start gap-3">
          <p>You stopped it. What was done before is kept.</p>
          <Button onClick={again.onPress} busy={retry.isPending && "One moment…"}>
            Go on with it
          </Button>
        </div>
      ) : null}
      <ProgressList steps={operation.steps} label="Progress" />
      {running ? (
        <Button
          className="self-start"
          onClick={() => cancel.mutate(operation.id)}
          busy={cancel.isPending && "Stopping…"}
        >
          Stop the work
        </Button>
      ) : null}
      {[retry, cancel].map(({ error }, index) =>
        error ? <ErrorCard key={index} error={error} heading="That did not work." /> : null,
      )}
    </Card>
  );
}
