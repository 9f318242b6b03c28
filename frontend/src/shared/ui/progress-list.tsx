/** What is being done, step by step, in plain words. A percent is shown only where something was measured. */
import { clsx } from "clsx";
import { Check, LoaderCircle, Minus, X } from "lucide-react";

export type StepState = "waiting" | "running" | "done" | "failed" | "skipped";

export interface ProgressStep {
  name: string;
  title: string;
  state: StepState;
  percent?: number | null;
  detail?: string | null;
}

const SPOKEN: Record<StepState, string> = {
  waiting: "waiting",
  running: "under way",
  done: "done",
  failed: "did not work",
  skipped: "not needed",
};

function Mark({ state }: { state: StepState }) {
  const look = clsx("flex size-8 shrink-0 items-center justify-center rounded-round", {
    "bg-pine text-on-pine": state === "done",
    "bg-pine-wash text-pine": state === "running",
    "bg-cut-wash text-cut": state === "failed",
    "bg-well text-soft": state === "waiting" || state === "skipped",
  });
  return (
    <span aria-hidden className={look}>
      {state === "done" ? <Check className="size-5" /> : null}
      {state === "running" ? <LoaderCircle className="turning size-5" /> : null}
      {state === "failed" ? <X className="size-5" /> : null}
      {state === "skipped" ? <Minus className="size-4" /> : null}
      {state === "waiting" ? <span className="size-2 rounded-round bg-edge" /> : null}
    </span>
  );
}

function Step({ step }: { step: ProgressStep }) {
  const measured = step.state === "running" && typeof step.percent === "number";
  return (
    <li className="flex gap-4">
      <Mark state={step.state} />
      <div className="min-w-0 grow pt-0.5">
        <p className={clsx(step.state === "waiting" || step.state === "skipped" ? "text-soft" : "font-semibold")}>
          {step.title}
          <span className="sr-only">, {SPOKEN[step.state]}</span>
        </p>
        {measured ? (
          <div
            role="progressbar"
            aria-label={step.title}
            aria-valuemin={0}
            aria-valuemax={100}
            aria-valuenow={Math.round(step.percent ?? 0)}
            className="mt-2 h-2 overflow-hidden rounded-round bg-line"
          >
            <div className="h-full bg-pine transition-[width]" style={{ width: `${step.percent ?? 0}%` }} />
          </div>
        ) : null}
        {measured || step.detail ? (
          <p className="mt-1 text-small text-soft">
            {[measured ? `${Math.round(step.percent ?? 0)}%` : "", step.detail ?? ""].filter(Boolean).join(" · ")}
          </p>
        ) : null}
      </div>
    </li>
  );
}

export function ProgressList({ steps, label }: { steps: readonly ProgressStep[]; label: string }) {
  const running = steps.find(({ state }) => state === "running" || state === "failed");
  return (
    <>
      <ol aria-label={label} className="flex flex-col gap-5">
        {steps.map((step) => (
          <Step key={step.name} step={step} />
        ))}
      </ol>
      <p role="status" className="sr-only">
        {running ? `${running.title}: ${SPOKEN[running.state]}` : ""}
      </p>
    </>
  );
}
