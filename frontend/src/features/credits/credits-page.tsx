/** Credits: how many are left, how far they reach, where they went, and how to get more. */
import { useQuery } from "@tanstack/react-query";

import { monthQuery, standingQuery, usageQuery } from "@/api/billing";
import { ErrorCard } from "@/shared/ui/error-card";
import { Loading, Page } from "@/shared/ui/page";

import { Balance } from "./balance";
import { ByAction } from "./by-action";
import { CreditsGuide } from "./credits-guide";
import { Ledger } from "./ledger";
import { MonthLine } from "./month-line";
import { Offers } from "./offers";
import { PurchaseNote } from "./purchase-note";

export function CreditsPage() {
  const [standing, usage, month] = [useQuery(standingQuery), useQuery(usageQuery), useQuery(monthQuery)];
  const all = [standing, usage, month];
  const failed = all.find(({ isError, data }) => isError && data === undefined);
  return (
    <Page title="Credits" beside={standing.data ? `Your plan: ${standing.data.tier_name}` : null}>
      <div className="mb-6 empty:hidden">
        <PurchaseNote />
      </div>
      {failed ? (
        <ErrorCard
          error={failed.error}
          heading="We could not load your credits."
          kept="They are safe on the server."
          action={{ words: "Try again", onPress: () => void Promise.all(all.map((one) => one.refetch())) }}
          busy={all.some(({ isFetching }) => isFetching)}
        />
      ) : null}
      {!failed && all.some(({ data }) => data === undefined) ? <Loading what="your credits" /> : null}
      {standing.data && usage.data && month.data ? (
        <div className="flex flex-col gap-6">
          <Balance standing={standing.data} usage={usage.data} month={month.data} />
          <div className="grid items-start gap-6 lg:grid-cols-2">
            <ByAction usage={usage.data} />
            <MonthLine month={month.data} allowance={standing.data.allowance} />
          </div>
          <Offers unlimited={standing.data.allowance === null} />
          <Ledger />
          <CreditsGuide />
        </div>
      ) : null}
    </Page>
  );
}
