/** Where the month's credits went: one strip, and the same as a list. */
import { clsx } from "clsx";

import type { Usage } from "@/api/types";
import { actionWords, creditsText, creditsWords, percentOf } from "@/shared/lib/credits";
import { Card } from "@/shared/ui/page";

/** Colour never tells alone: the strip's parts stand in the order of the list. */
const LOOKS = ["bg-pine", "bg-voice-2", "bg-sky", "bg-amber", "bg-cut", "bg-edge"];

export function ByAction({ usage }: { usage: Usage }) {
  const parts = Object.entries(usage.breakdown_by_action).map(([reason, amount], place) => ({
    reason,
    thousandths: Math.round(amount * 1000),
    look: LOOKS[place % LOOKS.length],
  }));
  const all = parts.reduce((sum, part) => sum + part.thousandths, 0);
  return (
    <Card>
      <h2 className="mb-3 text-heading">Where they went</h2>
      {all === 0 ? <p className="mb-3 text-soft">Nothing was used this month.</p> : null}
      {all > 0 ? (
        <div aria-hidden className="mb-3 flex h-4 gap-0.5 overflow-hidden rounded-round">
          {parts.map((part) =>
            part.thousandths > 0 ? (
              <div key={part.reason} className={part.look} style={{ flexGrow: part.thousandths }} />
            ) : null,
          )}
        </div>
      ) : null}
      <dl>
        {parts.map((part) => (
          <div key={part.reason} className="flex items-baseline justify-between gap-4 border-b border-line py-2">
            <dt className="flex items-baseline gap-2.5">
              <span aria-hidden className={clsx("size-3 shrink-0 rounded-round", part.thousandths > 0 ? part.look : "bg-line")} />
              {actionWords(part.reason)}
            </dt>
            <dd className="text-right font-semibold tabular-nums">
              {creditsWords(creditsText(part.thousandths))}
              {all > 0 ? (
                <span className="ml-2 inline-block w-12 font-normal text-soft">{percentOf(part.thousandths, all)} %</span>
              ) : null}
            </dd>
          </div>
        ))}
      </dl>
    </Card>
  );
}
