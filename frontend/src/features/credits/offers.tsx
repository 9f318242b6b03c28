/** Plans and single purchases; without payments the buttons rest and say so. */
import { useQuery } from "@tanstack/react-query";
import { useId, useState } from "react";

import { offersQuery, planQuery, useBuy, useChangePlan, useOpenPortal } from "@/api/billing";
import type { Offer, Plan } from "@/api/types";
import { creditsWords, withUnit } from "@/shared/lib/credits";
import { dateOnly } from "@/shared/lib/format-time";
import { priceWords } from "@/shared/lib/price-words";
import { Button } from "@/shared/ui/button";
import { ErrorCard } from "@/shared/ui/error-card";
import { Card } from "@/shared/ui/page";

/** A new purchase for each time the page is opened; pressing twice is one. */
const newKey = () => crypto.randomUUID();

function OneOffer({ offer, plan, off }: { offer: Offer; plan: Plan | null; off: boolean }) {
  const [key] = useState(newKey);
  const [buy, change] = [useBuy(), useChangePlan()];
  const isPlan = offer.kind === "plan";
  const isMine = isPlan && plan?.offer.id === offer.id;
  const act = isPlan && plan !== null ? () => change.mutate(offer.id) : () => buy.mutate({ offerId: offer.id, key });
  const error = buy.error ?? change.error;
  return (
    <li className="flex flex-col gap-3 rounded-card border border-line p-4">
      <div className="grow">
        <h3 className="text-large">{offer.name}</h3>
        <p>{isPlan ? `${creditsWords(offer.credits)} credits each month` : `${withUnit(offer.credits)} that never expire`}</p>
        <p className="font-semibold">
          {priceWords(offer.amount, offer.currency)}
          {isPlan ? " a month" : ""}
        </p>
      </div>
      {isMine ? (
        <p className="font-semibold text-ok">This is your plan</p>
      ) : (
        <Button
          disabled={off || change.isSuccess}
          busy={(buy.isPending && "Opening…") || (change.isPending && "Changing…")}
          onClick={act}
          aria-label={`${isPlan && plan ? "Change to" : "Buy"} ${offer.name}`}
        >
          {isPlan && plan ? "Change to this" : "Buy"}
        </Button>
      )}
      {change.data ? (
        <p role="status" className="text-small">
          {change.data.begins_at === null
            ? `It begins now; ${priceWords(change.data.amount, change.data.currency)} are charged for the difference.`
            : `It begins ${dateOnly(change.data.begins_at)}.`}
        </p>
      ) : null}
      {error ? <ErrorCard error={error} heading="Nothing was bought." /> : null}
    </li>
  );
}

function MyPlan({ plan }: { plan: Plan }) {
  const portal = useOpenPortal();
  return (
    <div className="flex flex-wrap items-center justify-between gap-x-6 gap-y-3 rounded-card bg-well p-4">
      <p>
        <strong>{plan.offer.name}</strong>, {priceWords(plan.offer.amount, plan.offer.currency)} a month.{" "}
        {plan.ends_at ? `It ends ${dateOnly(plan.ends_at)}.` : `Paid until ${dateOnly(plan.period_end)}.`}
        {plan.late ? <strong className="block text-cut">The last payment failed. Please check your card.</strong> : null}
        {plan.next_offer.id === plan.offer.id ? null : ` Then: ${plan.next_offer.name}.`}
      </p>
      <Button onClick={() => portal.mutate()} busy={portal.isPending && "Opening…"}>
        Card, invoices, ending it
      </Button>
      {portal.isError ? <ErrorCard error={portal.error} heading="The page did not open." /> : null}
    </div>
  );
}

export function Offers() {
  const heading = useId();
  const offers = useQuery(offersQuery);
  const plan = useQuery(planQuery);
  if (offers.data === undefined || plan.data === undefined) return null;
  const off = !offers.data.payments_enabled;
  return (
    <Card className="flex flex-col gap-4">
      <h2 id={heading} className="text-heading">
        More credits
      </h2>
      {offers.data.message ? <p>{offers.data.message}</p> : null}
      {offers.data.test_mode ? <p className="font-semibold text-amber">Payments are in test mode: no money is taken.</p> : null}
      {plan.data.plan ? <MyPlan plan={plan.data.plan} /> : null}
      {off && offers.data.offers.length === 0 ? (
        <Button className="self-start" disabled>
          Buy credits
        </Button>
      ) : (
        <ul aria-labelledby={heading} className="grid gap-3 sm:grid-cols-2 lg:grid-cols-3">
          {offers.data.offers.map((offer) => (
            <OneOffer key={offer.id} offer={offer} plan={plan.data.plan} off={off} />
          ))}
        </ul>
      )}
    </Card>
  );
}
