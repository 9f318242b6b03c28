/** For whoever runs this DoneCast: plans, prices, what is on sale, one person's credits, and who asks for some back. */
import { useRef } from "react";

import { ForAdmins } from "@/shared/ui/for-admins";
import { Page } from "@/shared/ui/page";

import { OffersOnSale } from "./offers-on-sale";
import { People, usePerson } from "./people";
import { PriceHistory } from "./price-history";
import { Rates } from "./rates";
import { RefundRequests } from "./refund-requests";
import { Tiers } from "./tiers";

function Plans() {
  const person = usePerson();
  const peopleHeading = useRef<HTMLHeadingElement>(null);
  const look = (email: string) => {
    person.setEmail(email);
    person.find.mutate(email);
    peopleHeading.current?.focus();
  };
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

export function PlansPage() {
  return (
    <ForAdmins title="Plans and prices">
      <Plans />
    </ForAdmins>
  );
}
