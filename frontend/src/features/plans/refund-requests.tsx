/** Who asks for credits back: the charge, why, and the answer that they will read. */
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { useDecideRefund, waitingRequestsQuery } from "@/api/plans";
import type { AskedRefund } from "@/api/types";
import { withUnit } from "@/shared/lib/credits";
import { dayAndTime } from "@/shared/lib/format-time";
import { Button } from "@/shared/ui/button";
import { ErrorCard } from "@/shared/ui/error-card";
import { TextField } from "@/shared/ui/field";

import { Section } from "./section";

export function RefundDecision({ request }: { request: AskedRefund }) {
  const decide = useDecideRefund(request.id);
  const [words, setWords] = useState("");
  const [amount, setAmount] = useState("");
  const answer = (approve: boolean) =>
    decide.mutate({ approve, amount: approve && amount.trim() !== "" ? amount.trim() : null, words: words.trim() });
  return (
    <div className="flex flex-col gap-3">
      <div>
        <p className="font-semibold break-words">
          {request.charge_notes}: {withUnit(request.charge_credits)}
        </p>
        <p className="break-words">“{request.why}”</p>
        <p className="text-small text-soft">
          Charged {dayAndTime(request.charged_at)}, asked back {dayAndTime(request.asked_at)}
        </p>
      </div>
      <div className="grid gap-3 sm:grid-cols-2">
        <TextField
          label="Your answer"
          help="The person reads it."
          maxLength={200}
          value={words}
          onChange={({ target }) => setWords(target.value)}
        />
        <TextField
          label="How much"
          help="Empty: all that is left of it."
          inputMode="decimal"
          value={amount}
          onChange={({ target }) => setAmount(target.value)}
        />
      </div>
      <div className="flex flex-wrap gap-2">
        <Button weight="main" disabled={words.trim() === ""} busy={decide.isPending && "One moment…"} onClick={() => answer(true)}>
          Give it back
        </Button>
        <Button disabled={words.trim() === ""} busy={decide.isPending && "One moment…"} onClick={() => answer(false)}>
          Do not give it back
        </Button>
      </div>
      {decide.isError ? <ErrorCard error={decide.error} heading="Your answer was not taken." /> : null}
    </div>
  );
}

/** `onLook`: shows the credits of whoever asks. */
export function RefundRequests({ onLook }: { onLook: (email: string) => void }) {
  const requests = useQuery(waitingRequestsQuery);
  return (
    <Section heading="Asked back" sentence="Requests that wait for your answer." what="the requests" query={requests}>
      {(waiting) =>
        waiting.length === 0 ? (
          <p className="text-soft">Nobody waits for an answer.</p>
        ) : (
          <ul className="divide-y divide-line">
            {waiting.map((request) => (
              <li key={request.id} className="flex flex-col gap-3 py-4">
                <div className="flex flex-wrap items-center justify-between gap-x-6 gap-y-2">
                  <p className="text-large break-words">{request.email}</p>
                  <Button onClick={() => onLook(request.email)} aria-label={`Look at their credits: ${request.email}`}>
                    Look at their credits
                  </Button>
                </div>
                <RefundDecision request={request} />
              </li>
            ))}
          </ul>
        )
      }
    </Section>
  );
}
