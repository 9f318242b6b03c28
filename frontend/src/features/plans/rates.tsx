/** The list of prices: what each unit of work takes. A change is the next version, for everybody, at once. */
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { rateCardQuery, tiersQuery, useChangeRates } from "@/api/plans";
import type { RateCard } from "@/api/types";
import { creditsText, creditsWords, thousandths } from "@/shared/lib/credits";
import { Button } from "@/shared/ui/button";
import { ErrorCard } from "@/shared/ui/error-card";
import { SelectField, TextField } from "@/shared/ui/field";

import { rateWords } from "./rate-words";
import { Section } from "./section";

const AMOUNT = /^\d{1,6}(\.\d{1,3})?$/;
const shown = (amount: number): string => creditsWords(creditsText(amount)).replaceAll(",", "");

interface RateFormProps {
  card: RateCard;
  /** Null: for everybody; a plan may have some of them for itself. */
  tierId: string | null;
  /** Held by whoever shows the form, which begins anew with each version: what came of a change is to stay. */
  change: ReturnType<typeof useChangeRates>;
}

function RateForm({ card, tierId, change }: RateFormProps) {
  const inForce: Record<string, number> = { ...card.rates, ...(tierId === null ? {} : card.by_tier[tierId]) };
  const [typed, setTyped] = useState<Record<string, string>>({});
  const [why, setWhy] = useState("");
  const faulty = Object.values(typed).some((text) => !AMOUNT.test(text));
  const changes = Object.fromEntries(
    Object.entries(typed)
      .filter(([, text]) => AMOUNT.test(text))
      .map(([name, text]) => [name, thousandths(text)] as const)
      .filter(([name, amount]) => amount !== inForce[name]),
  );
  return (
    <form
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        change.mutate({ version: card.version, changes, tier_id: tierId, why });
      }}
    >
      <div className="grid items-end gap-4 sm:grid-cols-2">
        {Object.entries(inForce).map(([name, amount]) => {
          const text = typed[name] ?? shown(amount);
          return (
            <TextField
              key={name}
              label={rateWords(name)}
              inputMode="decimal"
              value={text}
              fault={AMOUNT.test(text) ? undefined : "A number such as 1.5, with at most three places."}
              onChange={({ target }) => setTyped({ ...typed, [name]: target.value })}
            />
          );
        })}
      </div>
      <TextField label="Why" help="It stands in the history." value={why} onChange={({ target }) => setWhy(target.value)} />
      <Button
        type="submit"
        weight="main"
        className="self-start"
        disabled={faulty || why.trim() === "" || Object.keys(changes).length === 0}
        busy={change.isPending && "Saving…"}
      >
        Put these prices in force
      </Button>
      {change.isError ? <ErrorCard error={change.error} heading="The prices were not changed." /> : null}
      {change.isSuccess ? (
        <p role="status">In force now. Credits that are already set aside for work keep their price.</p>
      ) : null}
    </form>
  );
}

export function Rates() {
  const card = useQuery(rateCardQuery);
  const tiers = useQuery(tiersQuery);
  const change = useChangeRates();
  const [tierId, setTierId] = useState("");
  const choose = (id: string) => {
    setTierId(id);
    change.reset();
  };
  return (
    <Section heading="Prices" sentence="In credits; what a service on the internet takes is multiplied." what="the prices" query={card}>
      {(found) => (
        <>
          <div className="max-w-sm">
            <SelectField label="For whom?" value={tierId} onChange={({ target }) => choose(target.value)}>
              <option value="">Everybody</option>
              {tiers.data?.map((tier) => (
                <option key={tier.id} value={tier.id}>
                  Only the plan {tier.name}
                </option>
              ))}
            </SelectField>
          </div>
          <RateForm key={`${found.version} ${tierId}`} card={found} tierId={tierId || null} change={change} />
        </>
      )}
    </Section>
  );
}
