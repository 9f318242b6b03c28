/** One way to say that something went wrong: what happened, that nothing was lost (only if true), one button. */
import { CircleAlert } from "lucide-react";

import { RefusedError, UnreachableError } from "@/api/errors";

import { Button } from "./button";

interface ErrorCardProps {
  error: unknown;
  /** What the person was doing: "We could not save your changes." */
  heading: string;
  /** A sentence on what is still safe. Leave it out unless it is certainly true. */
  kept?: string;
  /** The one button. Without it a fault that another try may cure offers none. */
  action?: { words: string; onPress: () => void };
  busy?: boolean;
}

function explain(error: unknown): { message: string; advice: string; reference: string | undefined } {
  if (error instanceof RefusedError) {
    return { message: error.message, advice: error.action, reference: error.requestId };
  }
  if (error instanceof UnreachableError) {
    return { message: error.message, advice: error.action, reference: undefined };
  }
  return {
    message: "Something in this page went wrong.",
    advice: "Load the page again. If it comes back, tell us what you were doing.",
    reference: undefined,
  };
}

/** What a person cannot mend is worth telling us; it opens beside this page, so that nothing typed here is lost. */
function worthTelling(error: unknown): boolean {
  return error instanceof RefusedError ? error.status >= 500 : !(error instanceof UnreachableError);
}

function problemAddress(reference: string | undefined): string {
  const facts = new URLSearchParams({ page: location.pathname, ...(reference === undefined ? {} : { request: reference }) });
  return `/studio/problem?${facts.toString()}`;
}

export function ErrorCard({ error, heading, kept, action, busy = false }: ErrorCardProps) {
  const { message, advice, reference } = explain(error);
  return (
    <div role="alert" className="flex gap-3 rounded-card border border-cut bg-cut-wash p-4">
      <CircleAlert aria-hidden className="mt-0.5 size-6 shrink-0 text-cut" />
      <div className="flex min-w-0 flex-col items-start gap-2">
        <p className="font-semibold text-cut">{heading}</p>
        <p>
          {message} {advice}
        </p>
        {kept ? <p className="font-semibold">{kept}</p> : null}
        {reference ? <p className="text-small text-soft">If you write to us, mention {reference}.</p> : null}
        {worthTelling(error) ? (
          <a
            href={problemAddress(reference)}
            target="_blank"
            rel="noreferrer"
            className="inline-flex min-h-11 items-center text-pine underline underline-offset-4"
          >
            Report a problem (opens a new tab)
          </a>
        ) : null}
        {action ? (
          <Button onClick={action.onPress} busy={busy && "One moment…"}>
            {action.words}
          </Button>
        ) : null}
      </div>
    </div>
  );
}
