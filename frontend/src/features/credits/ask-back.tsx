/** Asking for a charge back, and what came of it. */
import { useState } from "react";

import { useAskBack } from "@/api/billing";
import type { InvoiceEntry, RefundRequest } from "@/api/types";
import { thousandths, withUnit } from "@/shared/lib/credits";
import { Button } from "@/shared/ui/button";
import { ErrorCard } from "@/shared/ui/error-card";
import { TextArea } from "@/shared/ui/field";

function Outcome({ request }: { request: RefundRequest }) {
  if (request.decided_at === null) return <p className="text-small font-semibold">You asked for this back. The answer is still to come.</p>;
  return (
    <p className="text-small">
      <strong>{request.refunded === null ? "It was not given back." : `${withUnit(request.refunded)} were given back.`}</strong>{" "}
      {request.words}
    </p>
  );
}

function Ask({ entry }: { entry: InvoiceEntry }) {
  const [opened, setOpened] = useState(false);
  const [why, setWhy] = useState("");
  const ask = useAskBack(entry.id);
  if (!opened) {
    return (
      <button
        type="button"
        onClick={() => setOpened(true)}
        aria-label={`Ask for this back: ${entry.notes}`}
        className="min-h-11 text-small text-pine underline underline-offset-4"
      >
        Ask for this back
      </button>
    );
  }
  return (
    <div className="mt-2 flex max-w-xl flex-col items-start gap-3">
      <div className="w-full">
        <TextArea label="What went wrong?" rows={3} maxLength={500} value={why} onChange={({ target }) => setWhy(target.value)} />
      </div>
      <div className="flex flex-wrap gap-2">
        <Button weight="main" disabled={why.trim() === ""} busy={ask.isPending && "Sending…"} onClick={() => ask.mutate(why.trim())}>
          Ask
        </Button>
        <Button onClick={() => setOpened(false)}>Leave it</Button>
      </div>
      {ask.isError ? <ErrorCard error={ask.error} heading="Your request was not sent." /> : null}
    </div>
  );
}

export function AskBack({ entry, request }: { entry: InvoiceEntry; request: RefundRequest | undefined }) {
  if (request) return <Outcome request={request} />;
  if (entry.what !== "charge" || thousandths(entry.refundable) <= 0) return null;
  return <Ask entry={entry} />;
}
