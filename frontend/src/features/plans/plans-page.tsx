/** For whoever runs this DoneCast: plans, prices, what is on sale, one person's credits, and who asks for some back. */
import { useQuery } from "@tanstack/react-query";
import { useRef } from "react";

import { meQuery } from "@/api/account";
import { Card, Page } from "@/shared/ui/page";

import { OffersOnSale } from "./offers-on-sale";
import { People, usePerson } from "./people";
import { PriceHistory } from "./price-history";
import { Rates } from "./rates";
import { RefundRequests } from "./refund-requests";
import { Tiers } from "./tiers";

export function PlansPage() {
  const me = useQuery(meQuery);
  const person = usePerson();
  const peopleHeading = useRef<HTMLHeadingElement>(null);
  const look = (email: string) => {
    person.setEmail(email);
    person.find.mutate(email);
    peopleHeading.current?.focus();
  };
  if (me.data?.account.role !== "admin") {
    return (
      <Page title="Plans and prices">
        <Card>
          <p>Only the person who runs this DoneCast can see this page.</p>
        </Card>
      </Page>
    );
  }
  return (
    <Page title="Plans and prices">
      <div className="flex flex-col gap-6">
        <RefundRequests onLook={look} />
        <People person={person} headingRef={peopleHeading} />
        <Tiers />
        <Rates />
        <OffersOnSale />
        <PriceHistory />
      </div>
    </Page>
  );
}
