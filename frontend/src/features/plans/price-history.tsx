/** Who changed which plan or price, when, why, from what to what. */
import { useQuery } from "@tanstack/react-query";

import { priceHistoryQuery } from "@/api/plans";
import type { PriceChange } from "@/api/types";
import { dayAndTime } from "@/shared/lib/format-time";

import { rateWords } from "./rate-words";
import { Section } from "./section";

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const said = (value: unknown): string => (value === undefined || value === null ? "nothing" : JSON.stringify(value));

/** Each field that differs, "assembly_mc: 5000 to 6000". */
function differences({ old, new: after }: PriceChange): string[] {
  if (!isRecord(old) || !isRecord(after)) return old === null ? ["made"] : [`${said(old)} to ${said(after)}`];
  const names = [...new Set([...Object.keys(old), ...Object.keys(after)])];
  return names
    .filter((name) => JSON.stringify(old[name]) !== JSON.stringify(after[name]))
    .map((name) => `${rateWords(name)}: ${said(old[name])} to ${said(after[name])}`);
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
                <p className="break-words">{differences(change).join("; ")}</p>
                <p className="text-small text-soft">
                  {change.subject}
                  {change.rate_card_version === null ? "" : `, prices number ${change.rate_card_version}`} ·{" "}
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
