/** Somebody's ledger as they see it, and the way to give a charge back that nobody asked for. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";

import { personLedgerQuery, useRefund } from "@/api/plans";
import type { InvoiceEntry } from "@/api/types";
import { thousandths, withUnit } from "@/shared/lib/credits";
import { newKey } from "@/shared/lib/new-key";
import { Button } from "@/shared/ui/button";
import { ErrorCard } from "@/shared/ui/error-card";
import { TextField } from "@/shared/ui/field";
import { InvoicePages } from "@/shared/ui/invoice-pages";

function GiveBack({ accountId, entry }: { accountId: string; entry: InvoiceEntry }) {
  const refund = useRefund(accountId);
  const [opened, setOpened] = useState(false);
  const [why, setWhy] = useState("");
  const [amount, setAmount] = useState("");
  const [key] = useState(newKey);
  if (entry.what !== "charge" || thousandths(entry.refundable) <= 0) return null;
  if (!opened) {
    return (
      <button
        type="button"
        onClick={() => setOpened(true)}
        aria-label={`Give back: ${entry.notes}`}
        className="min-h-11 text-small text-pine underline underline-offset-4"
      >
        Give back
      </button>
    );
  }
  return (
    <div className="mt-2 flex max-w-xl flex-col items-start gap-3">
      <TextField label="Why" help="The person reads it." maxLength={200} value={why} onChange={({ target }) => setWhy(target.value)} />
      <TextField
        label="How much"
        help={`Empty: all that is left of it, ${withUnit(entry.refundable)}.`}
        inputMode="decimal"
        value={amount}
        onChange={({ target }) => setAmount(target.value)}
      />
      <Button
        weight="main"
        disabled={why.trim() === ""}
        busy={refund.isPending && "One moment…"}
        onClick={() => refund.mutate({ key, charge_id: entry.id, amount: amount.trim() || null, why: why.trim() })}
      >
        Give it back
      </Button>
      {refund.isError ? <ErrorCard error={refund.error} heading="Nothing was given back." /> : null}
    </div>
  );
}

export function PersonLedger({ accountId }: { accountId: string }) {
  const pages = useInfiniteQuery(personLedgerQuery(accountId));
  return <InvoicePages pages={pages} beside={(entry) => <GiveBack accountId={accountId} entry={entry} />} />;
}
