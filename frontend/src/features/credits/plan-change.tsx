/** Another plan in place of one's own: asked first, because a dearer one is paid at once. */
import { useState } from "react";

import type { useChangePlan } from "@/api/billing";
import type { Offer, Plan } from "@/api/types";
import { dateOnly } from "@/shared/lib/format-time";
import { priceWords } from "@/shared/lib/price-words";
import { Button } from "@/shared/ui/button";
import { ErrorCard } from "@/shared/ui/error-card";

interface PlanChangeProps {
  offer: Offer;
  plan: Plan;
  off: boolean;
  /** One for all offers: what came of an earlier change does not stand beside the next one. */
  change: ReturnType<typeof useChangePlan>;
}

/** What pressing Yes does; the price of what is paid for already decides. */
function consequence(offer: Offer, plan: Plan): string {
  if (offer.id === plan.offer.id) return `You stay with ${offer.name}, and ${plan.next_offer.name} does not begin.`;
  const difference = offer.amount - plan.offer.amount;
  return difference > 0
    ? `It begins at once, and the difference is charged to your card now: ${priceWords(difference, offer.currency)}.`
    : `You keep ${plan.offer.name} until then: it begins with your next month, on ${dateOnly(plan.period_end)}.`;
}

/** What came of it, as the server said. */
function Outcome({ offer, plan, change }: PlanChangeProps) {
  if (change.variables !== offer.id) return null;
  if (change.isError) return <ErrorCard error={change.error} heading="Your plan was not changed." />;
  if (change.data === undefined) return null;
  const { amount, currency, begins_at: beginsAt } = change.data;
  if (beginsAt !== null && offer.id === plan.offer.id) return null; // one that was gone back to has begun long ago
  return (
    <p role="status" className="text-small">
      {beginsAt === null
        ? `It begins now; ${priceWords(amount, currency)} are charged for the difference.`
        : `It begins ${dateOnly(beginsAt)}.`}
    </p>
  );
}

function Ask({ offer, plan, off, change }: PlanChangeProps) {
  const [asked, setAsked] = useState(false);
  const stays = offer.id === plan.offer.id;
  const mine = change.variables === offer.id;
  if (!asked) {
    return (
      <Button
        disabled={off || change.isPending || (mine && change.isSuccess)}
        onClick={() => setAsked(true)}
        aria-label={stays ? `Stay with ${offer.name}` : `Change to ${offer.name}`}
      >
        {stays ? "Stay with this" : "Change to this"}
      </Button>
    );
  }
  return (
    <>
      <p>{consequence(offer, plan)}</p>
      <div className="flex flex-wrap gap-2">
        <Button
          weight="main"
          disabled={change.isPending}
          busy={mine && change.isPending && "Changing…"}
          onClick={() => change.mutate(offer.id, { onSettled: () => setAsked(false) })}
        >
          {stays ? `Yes, stay with ${offer.name}` : `Yes, change to ${offer.name}`}
        </Button>
        <Button onClick={() => setAsked(false)}>Leave it as it is</Button>
      </div>
    </>
  );
}

export function PlanChange(props: PlanChangeProps) {
  const { offer, plan } = props;
  const later = plan.next_offer.id !== plan.offer.id;
  return (
    <>
      {offer.id === plan.next_offer.id ? (
        <p className="font-semibold text-ok">This is your plan{later ? ` from ${dateOnly(plan.period_end)} on` : ""}</p>
      ) : (
        <Ask {...props} />
      )}
      <Outcome {...props} />
    </>
  );
}
