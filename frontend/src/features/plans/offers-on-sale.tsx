/** What can be bought: credits once, or a plan each month. An offer never changes; another price is another offer. */
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { offersQuery } from "@/api/billing";
import { allOffersQuery, tiersQuery, useMakeOffer, useRetireOffer } from "@/api/plans";
import type { Offer } from "@/api/types";
import { withUnit } from "@/shared/lib/credits";
import { priceWords } from "@/shared/lib/price-words";
import { Button } from "@/shared/ui/button";
import { ErrorCard } from "@/shared/ui/error-card";
import { SelectField, TextField } from "@/shared/ui/field";
import { Fold } from "@/shared/ui/fold";

import { Section } from "./section";

const ONCE = "";

function NewOffer() {
  const tiers = useQuery(tiersQuery);
  const make = useMakeOffer();
  const [tier, setTier] = useState(ONCE);
  const [name, setName] = useState("");
  const [credits, setCredits] = useState("");
  const [amount, setAmount] = useState("");
  const [currency, setCurrency] = useState("EUR");
  const valid =
    name.trim() !== "" && /^[1-9]\d{0,8}$/.test(amount) && /^[A-Z]{3}$/.test(currency) && (tier !== ONCE || credits.trim() !== "");
  const clear = () => {
    setTier(ONCE);
    setName("");
    setCredits("");
    setAmount("");
  };
  const submit = () =>
    make.mutate(
      {
        kind: tier === ONCE ? "top_up" : "plan",
        name: name.trim(),
        amount: Number(amount),
        currency,
        ...(tier === ONCE ? { credits: credits.trim() } : { tier }),
      },
      { onSuccess: clear },
    );
  return (
    <form
      className="grid items-end gap-4 sm:grid-cols-2"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <TextField label="Name" value={name} onChange={({ target }) => setName(target.value)} />
      <SelectField label="What it brings" value={tier} onChange={({ target }) => setTier(target.value)}>
        <option value={ONCE}>Credits, once</option>
        {tiers.data?.map((one) => (
          <option key={one.id} value={one.id}>
            The plan {one.name}, each month
          </option>
        ))}
      </SelectField>
      {tier === ONCE ? (
        <TextField label="Credits" inputMode="decimal" value={credits} onChange={({ target }) => setCredits(target.value)} />
      ) : null}
      <TextField
        label="Price"
        help={valid ? `That is ${priceWords(Number(amount), currency)}.` : "In the smallest unit: 500 is €5.00."}
        inputMode="numeric"
        value={amount}
        onChange={({ target }) => setAmount(target.value)}
      />
      <TextField label="Currency" maxLength={3} value={currency} onChange={({ target }) => setCurrency(target.value.toUpperCase())} />
      <Button type="submit" weight="main" className="sm:justify-self-start" disabled={!valid} busy={make.isPending && "Saving…"}>
        Put it on sale
      </Button>
      <div className="sm:col-span-2">
        {make.isError ? <ErrorCard error={make.error} heading="It was not put on sale." /> : null}
        {make.isSuccess ? <p role="status">On sale.</p> : null}
      </div>
    </form>
  );
}

function OneOffer({ offer }: { offer: Offer }) {
  const retire = useRetireOffer();
  return (
    <li className="flex flex-wrap items-center justify-between gap-x-6 gap-y-2 py-3">
      <div>
        <p className="font-semibold">{offer.name}</p>
        <p className="text-small text-soft">
          {withUnit(offer.credits)} {offer.kind === "plan" ? "each month" : "once"} for {priceWords(offer.amount, offer.currency)}
          {offer.on_sale ? "" : " · not on sale any more"}
        </p>
      </div>
      {offer.on_sale ? (
        <Button onClick={() => retire.mutate(offer.id)} busy={retire.isPending && "One moment…"} aria-label={`Take ${offer.name} off sale`}>
          Take off sale
        </Button>
      ) : null}
      {retire.isError ? <ErrorCard error={retire.error} heading="It is still on sale." /> : null}
    </li>
  );
}

export function OffersOnSale() {
  const offers = useQuery(allOffersQuery);
  const shop = useQuery(offersQuery);
  return (
    <Section heading="On sale" sentence="What people can buy on their page of credits." what="the offers" query={offers}>
      {(all) => (
        <>
          {shop.data?.payments_enabled === false ? <p className="font-semibold">{shop.data.message}</p> : null}
          {all.length === 0 ? <p className="text-soft">Nothing was ever on sale.</p> : null}
          <ul className="divide-y divide-line">
            {all.map((offer) => (
              <OneOffer key={offer.id} offer={offer} />
            ))}
          </ul>
          <Fold words="Sell something new">
            <NewOffer />
          </Fold>
        </>
      )}
    </Section>
  );
}
