/** Credits given as a present, or given and taken by hand; the person reads why. */
import { useState } from "react";

import { useAdjust, useAward } from "@/api/plans";
import { newKey } from "@/shared/lib/new-key";
import { Button } from "@/shared/ui/button";
import { ErrorCard } from "@/shared/ui/error-card";
import { TextField } from "@/shared/ui/field";

const AMOUNT = /^-?\d{1,9}(\.\d{1,3})?$/;

export function GiveByHand({ accountId }: { accountId: string }) {
  const [award, adjust] = [useAward(accountId), useAdjust(accountId)];
  const [amount, setAmount] = useState("");
  const [why, setWhy] = useState("");
  const [key, setKey] = useState(newKey);
  const takes = amount.trim().startsWith("-");
  const valid = AMOUNT.test(amount.trim()) && why.trim() !== "";
  const onSuccess = () => {
    setAmount("");
    setWhy("");
    setKey(newKey());
  };
  const act = { key, amount: amount.trim(), why: why.trim() };
  // What came of one of the two must not stand beside what came of the other.
  const give = () => {
    adjust.reset();
    award.mutate({ ...act, expires_at: null }, { onSuccess });
  };
  const putRight = () => {
    award.reset();
    adjust.mutate(act, { onSuccess });
  };
  const busy = (award.isPending || adjust.isPending) && "One moment…";
  return (
    <div className="flex flex-col gap-3">
      <div className="grid items-end gap-3 sm:grid-cols-2">
        <TextField
          label="Credits"
          help="With a minus they are taken away."
          inputMode="text"
          value={amount}
          fault={amount.trim() === "" || AMOUNT.test(amount.trim()) ? undefined : "A number such as 25 or -3.5."}
          onChange={({ target }) => setAmount(target.value)}
        />
        <TextField label="Why" help="The person reads it." maxLength={200} value={why} onChange={({ target }) => setWhy(target.value)} />
      </div>
      <div className="flex flex-wrap gap-2">
        <Button disabled={!valid || takes} busy={busy} onClick={give}>
          Give as a present
        </Button>
        <Button disabled={!valid} busy={busy} onClick={putRight}>
          {takes ? "Take away" : "Put right by hand"}
        </Button>
      </div>
      {award.isSuccess || adjust.isSuccess ? <p role="status">Done. It stands in their ledger.</p> : null}
      {[award, adjust].map(({ error }, place) =>
        error ? <ErrorCard key={place} error={error} heading="Nothing was changed." /> : null,
      )}
    </div>
  );
}
