/** What was used by the end of each day, as a line that only climbs, below the month's allowance as its ceiling. */
import type { Month } from "@/api/types";
import { creditsWords, thousandths } from "@/shared/lib/credits";
import { dateOnly } from "@/shared/lib/format-time";
import { Card } from "@/shared/ui/page";

const [WIDTH, HEIGHT, TOP, BOTTOM] = [600, 220, 16, 200];
const DAY_MS = 86_400_000;

/** The steps of the line: across a day, then up to what the next one brings. Pure. */
export function stepPath(used: readonly number[], days: number, highest: number): string {
  const x = (day: number) => Math.round((WIDTH * day) / Math.max(1, days));
  const y = (amount: number) => Math.round(BOTTOM - ((BOTTOM - TOP) * amount) / Math.max(1, highest));
  return used.map((amount, day) => `${day === 0 ? `M0 ${y(0)}` : ""}V${y(amount)}H${x(day + 1)}`).join("");
}

export function MonthLine({ month, allowance }: { month: Month; allowance: string | null }) {
  const used = month.used_by_day.map(thousandths);
  const now = used.at(-1) ?? 0;
  const ceiling = allowance === null ? null : thousandths(allowance);
  const highest = Math.max(now, ceiling ?? 0, 1000) * 1.05;
  const days = Math.round((Date.parse(month.period_end) - Date.parse(month.period_start)) / DAY_MS);
  const ceilingY = ceiling === null ? null : BOTTOM - ((BOTTOM - TOP) * ceiling) / highest;
  const words =
    `${creditsWords(month.used_by_day.at(-1) ?? "0.000")} credits used in the first ${used.length} of ${days} days` +
    (allowance === null ? "" : `; the month has ${creditsWords(allowance)}`);
  return (
    <Card>
      <h2 className="mb-3 text-heading">Over the month</h2>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={words} className="w-full overflow-visible">
        <line x1="0" x2={WIDTH} y1={BOTTOM} y2={BOTTOM} className="stroke-edge" strokeWidth="2" />
        {ceilingY === null ? null : (
          <line x1="0" x2={WIDTH} y1={ceilingY} y2={ceilingY} className="stroke-amber" strokeWidth="2" strokeDasharray="10 6" />
        )}
        <path
          d={`${stepPath(used, days, highest)}V${BOTTOM}H0Z`}
          className="fill-pine-wash"
        />
        <path d={stepPath(used, days, highest)} fill="none" className="stroke-pine" strokeWidth="4" strokeLinejoin="round" />
      </svg>
      <div className="mt-1 flex justify-between gap-4 text-small text-soft">
        <span>{dateOnly(month.period_start)}</span>
        <span>{dateOnly(month.period_end)}</span>
      </div>
      <p className="mt-2 text-small text-soft">
        {words}
        {allowance === null ? "" : " (the dashed line)"}.
      </p>
    </Card>
  );
}
