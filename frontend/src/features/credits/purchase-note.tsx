/** What became of a purchase, for whoever comes back from where it is paid. */
import { useSearch } from "@tanstack/react-router";

import { usePurchase } from "@/api/billing";
import type { Purchase } from "@/api/types";
import { withUnit } from "@/shared/lib/credits";
import { ErrorCard } from "@/shared/ui/error-card";
import { Card, Loading } from "@/shared/ui/page";

function outcome({ state, name, credits }: Purchase, paid: boolean): string {
  switch (state) {
    case "paid":
      return `Your payment has come: ${name}${credits === null ? "" : `, ${withUnit(credits)}`}.`;
    case "waiting":
      return "Your payment is on its way…";
    case "open":
      return paid ? "Your payment is on its way…" : "Nothing was bought.";
    case "refused":
      return "Your payment did not fit the order. Whoever runs this DoneCast was told and will look at it.";
    case "refunded":
    case "disputed":
      return `This payment was given back: ${name}.`;
    case "expired":
    case "failed":
      return "Nothing was bought.";
  }
}

function Note({ purchaseId, paid }: { purchaseId: string; paid: boolean }) {
  const purchase = usePurchase(purchaseId, paid);
  if (purchase.data !== undefined) {
    return (
      <Card>
        <p role="status" className="font-semibold">
          {outcome(purchase.data, paid)}
        </p>
      </Card>
    );
  }
  if (purchase.isError) {
    return (
      <ErrorCard
        error={purchase.error}
        heading="We could not see what became of your purchase."
        action={{ words: "Try again", onPress: () => void purchase.refetch() }}
        busy={purchase.isFetching}
      />
    );
  }
  return <Loading what="your purchase" />;
}

export function PurchaseNote() {
  const { purchase, paid } = useSearch({ from: "/desk/credits" });
  return purchase === undefined ? null : <Note key={purchase} purchaseId={purchase} paid={paid === 1} />;
}
