/** The plans: how many credits each brings, and when its months begin. Every change says why. */
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { tiersQuery, useSaveTier } from "@/api/plans";
import type { Tier } from "@/api/types";
import { creditsWords } from "@/shared/lib/credits";
import { Button } from "@/shared/ui/button";
import { ErrorCard } from "@/shared/ui/error-card";
import { SelectField, TextField } from "@/shared/ui/field";
import { Fold } from "@/shared/ui/fold";

import { Section } from "./section";

const BASIS_POINTS_PER_PERCENT = 100;
const NEW: Tier = { id: "", name: "", monthly_credits: "0.000", months: "anniversary", rollover_basis_points: 0 };

function factsOf(tier: Tier): string {
  const credits = tier.monthly_credits === null ? "no limit" : `${creditsWords(tier.monthly_credits)} credits a month`;
  const months = tier.months === "calendar" ? "calendar months" : "months from the day it began";
  const kept = tier.rollover_basis_points / BASIS_POINTS_PER_PERCENT;
  return `${credits}, ${months}, ${kept > 0 ? `${kept} % of what is left goes into the next month` : "nothing is carried over"}`;
}

const typedOf = (tier: Tier) => ({
  id: tier.id,
  name: tier.name,
  credits: tier.monthly_credits === null ? "" : creditsWords(tier.monthly_credits),
  months: tier.months,
  percent: String(tier.rollover_basis_points / BASIS_POINTS_PER_PERCENT),
  why: "",
});

function TierForm({ tier }: { tier: Tier }) {
  const isNew = tier.id === "";
  const save = useSaveTier();
  const [typed, setTyped] = useState(() => typedOf(tier));
  const { id, name, credits, months, percent, why } = typed;
  const type = (change: Partial<typeof typed>) => setTyped((before) => ({ ...before, ...change }));
  const whole = /^\d{1,3}$/.test(percent);
  const submit = () =>
    save.mutate(
      {
        id,
        wish: {
          name,
          monthly_credits: credits.trim() === "" ? null : credits.replaceAll(",", "").trim(),
          months,
          rollover_basis_points: Number(percent) * BASIS_POINTS_PER_PERCENT,
          why,
          is_new: isNew,
        },
      },
      { onSuccess: () => type(isNew ? typedOf(NEW) : { why: "" }) },
    );
  return (
    <form
      className="grid items-end gap-4 sm:grid-cols-2"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      {isNew ? (
        <TextField label="Short name" help="Small letters; it never changes." value={id} onChange={({ target }) => type({ id: target.value })} />
      ) : null}
      <TextField label="Name" value={name} onChange={({ target }) => type({ name: target.value })} />
      <TextField
        label="Credits each month"
        help="Empty: no limit."
        inputMode="decimal"
        value={credits}
        onChange={({ target }) => type({ credits: target.value })}
      />
      <SelectField
        label="Its months"
        value={months}
        onChange={({ target }) => type({ months: target.value === "calendar" ? "calendar" : "anniversary" })}
      >
        <option value="calendar">Begin on the first</option>
        <option value="anniversary">Begin on the day it was taken</option>
      </SelectField>
      <TextField
        label="Carried over, in percent"
        fault={whole ? undefined : "A whole number from 0 to 100."}
        inputMode="numeric"
        value={percent}
        onChange={({ target }) => type({ percent: target.value })}
      />
      <TextField label="Why" help="It stands in the history." value={why} onChange={({ target }) => type({ why: target.value })} />
      <Button
        type="submit"
        weight="main"
        className="sm:justify-self-start"
        disabled={why.trim() === "" || !whole || (isNew && id === "")}
        busy={save.isPending && "Saving…"}
      >
        Save this plan
      </Button>
      <div className="sm:col-span-2">
        {save.isError ? <ErrorCard error={save.error} heading="The plan was not saved." /> : null}
        {save.isSuccess ? <p role="status">Saved. It counts from the next month of each person on.</p> : null}
      </div>
    </form>
  );
}

export function Tiers() {
  const tiers = useQuery(tiersQuery);
  return (
    <Section
      heading="Plans"
      sentence="A plan decides how many credits come each month, and nothing else: everybody can do everything."
      what="the plans"
      query={tiers}
    >
      {(all) => (
        <>
          <ul className="divide-y divide-line">
            {all.map((tier) => (
              <li key={tier.id} className="py-3">
                <h3 className="text-large">{tier.name}</h3>
                <p className="text-small text-soft">{factsOf(tier)}</p>
                <Fold words={`Change ${tier.name}`}>
                  <TierForm tier={tier} />
                </Fold>
              </li>
            ))}
          </ul>
          <Fold words="Add a plan">
            <TierForm tier={NEW} />
          </Fold>
        </>
      )}
    </Section>
  );
}
