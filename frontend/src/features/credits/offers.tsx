/** Plans and single purchases; without payments the buttons rest and say so. */
import { useQuery } from "@tanstack/react-query";
import { useId, useState } from "react";

import { offersQuery, planQuery, useBuy, useChangePlan, useOpenPortal } from "@/api/billing";
import type { Offer, Offers as OnSale, Plan } from "@/api/types";
import { creditsWords, withUnit } from "@/shared/lib/credits";
import { dateOnly } from "@/shared/lib/format-time";
import { newKey } from "@/shared/lib/new-key";
import { priceWords } from "@/shared/lib/price-words";
import { Button } from "@/shared/ui/button";
import { ErrorCard } from "@/shared/ui/error-card";
import { Card, Loading } from "@/shared/ui/page";

import { PlanChange } from "./plan-change";

function Buy({ offer, off }: { offer: Offer; off: boolean }) {
  // A new purchase for each time the page is opened; pressing twice is one.
  const [key] = useState(newKey);
  const buy = useBuy();
  return (
    <>
      <Button
        disabled={off}
        busy={buy.isPending && "Opening…"}
        onClick={() => buy.mutate({ offerId: offer.id, key })}
        aria-label={`Buy ${offer.name}`}
      >
        Buy
      </Button>
      {buy.isError ? <ErrorCard error={buy.error} heading="Nothing was bought." /> : null}
    </>
  );
}

interface OneOfferProps {
  offer: Offer;
  plan: Plan | null;
  off: boolean;
  change: ReturnType<typeof useChangePlan>;
}

function OneOffer({ offer, plan, off, change }: OneOfferProps) {
  const isPlan = offer.kind === "plan";
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
      {isPlan && plan !== null ? (
        <PlanChange offer={offer} plan={plan} off={off} change={change} />
      ) : (
        <Buy offer={offer} off={off} />
      )}
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

interface ShopProps {
  sale: OnSale;
  plan: Plan | null;
  unlimited: boolean;
  headingId: string;
}

function Shop({ sale, plan, unlimited, headingId }: ShopProps) {
  const change = useChangePlan();
  const off = !sale.payments_enabled;
  // Whoever has no limit needs nothing more; who pays for that plan may still go to another one.
  const offers = unlimited ? sale.offers.filter(({ kind }) => kind === "plan" && plan !== null) : sale.offers;
  return (
    <>
      {sale.message ? <p>{sale.message}</p> : null}
      {sale.test_mode ? <p className="font-semibold text-amber">Payments are in test mode: no money is taken.</p> : null}
      {plan ? <MyPlan plan={plan} /> : null}
      {unlimited ? <p>Your credits have no limit, so there is nothing that you need to buy.</p> : null}
      {off && !unlimited && offers.length === 0 ? (
        <Button className="self-start" disabled>
          Buy credits
        </Button>
      ) : null}
      {offers.length > 0 ? (
        <ul aria-labelledby={headingId} className="grid gap-3 sm:grid-cols-2 lg:grid-cols-3">
          {offers.map((offer) => (
            <OneOffer key={offer.id} offer={offer} plan={plan} off={off} change={change} />
          ))}
        </ul>
      ) : null}
    </>
  );
}

export function Offers({ unlimited }: { unlimited: boolean }) {
  const headingId = useId();
  const [offers, plan] = [useQuery(offersQuery), useQuery(planQuery)];
  const all = [offers, plan];
  const failed = all.find(({ isError, data }) => isError && data === undefined);
  return (
    <Card className="flex flex-col gap-4">
      <h2 id={headingId} className="text-heading">
        More credits
      </h2>
      {failed ? (
        <ErrorCard
          error={failed.error}
          heading="We could not load what you can buy."
          action={{ words: "Try again", onPress: () => void Promise.all(all.map((one) => one.refetch())) }}
          busy={all.some(({ isFetching }) => isFetching)}
        />
      ) : null}
      {!failed && all.some(({ isPending }) => isPending) ? <Loading what="what you can buy" /> : null}
      {offers.data && plan.data ? (
        <Shop sale={offers.data} plan={plan.data.plan} unlimited={unlimited} headingId={headingId} />
      ) : null}
    </Card>
  );
}
