/** Who changed which plan or price, when, why, from what to what. */
import { useQuery } from "@tanstack/react-query";

import { priceHistoryQuery } from "@/api/plans";
import type { PriceChange } from "@/api/types";
import { creditsText, creditsWords } from "@/shared/lib/credits";
import { dayAndTime } from "@/shared/lib/format-time";

import { rateWords } from "./rate-words";
import { Section } from "./section";

const PLAN_FIELDS: Record<string, string> = {
  name: "name",
  monthly_mc: "credits a month",
  months: "its months",
  rollover_basis_points: "carried over, in hundredths of a percent",
};

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Amounts and multipliers are kept in thousandths. */
const amount = (value: unknown): string =>
  typeof value === "number" ? creditsWords(creditsText(value)) : value == null ? "nothing" : String(value);

const planValue = (name: string, value: unknown): string => {
  if (name === "monthly_mc") return value == null ? "no limit" : amount(value);
  return value == null ? "nothing" : String(value);
};

/** "rate:assembly_mc:pro" is a price, for everybody or for one plan; "tier:pro" is a plan. Pure. */
function said({ subject, old, new: after }: PriceChange): string {
  const [kind, name = "", plan] = subject.split(":");
  if (kind === "rate") {
    const whom = plan === undefined ? "" : `, only for the plan ${plan}`;
    return `${rateWords(name)}${whom}: ${amount(old)} to ${amount(after)}`;
  }
  if (!isRecord(after)) return subject;
  const before = isRecord(old) ? old : {};
  const changed = Object.keys(after).filter((field) => JSON.stringify(before[field]) !== JSON.stringify(after[field]));
  const parts = changed.map((field) =>
    old === null
      ? `${PLAN_FIELDS[field] ?? field} ${planValue(field, after[field])}`
      : `${PLAN_FIELDS[field] ?? field} ${planValue(field, before[field])} to ${planValue(field, after[field])}`,
  );
  return `${old === null ? "A new plan" : "The plan"} ${name}: ${parts.join("; ")}`;
}

export function PriceHistory() {
  const history = useQuery(priceHistoryQuery);
  return (
    <Section heading="History" sentence="Nothing here can be changed or taken out." what="the history" query={history}>
      {(changes) =>
        changes.length === 0 ? (
          <p className="text-soft">Nothing was changed yet.</p>
        ) : (
          <ul className="divide-y divide-line">
            {changes.map((change, place) => (
              <li key={place} className="py-3">
                <p className="font-semibold break-words">{change.why || "No reason was given."}</p>
                <p className="break-words">{said(change)}</p>
                <p className="text-small text-soft">
                  {change.rate_card_version === null ? "" : `List of prices number ${change.rate_card_version} · `}
                  {change.changed_by} · {dayAndTime(change.changed_at)}
                </p>
              </li>
            ))}
          </ul>
        )
      }
    </Section>
  );
}
