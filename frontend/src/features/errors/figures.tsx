/** How many errors wait, and all of them over a day or a fortnight. */
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { errorTrendQuery } from "@/api/feedback";
import type { ErrorStats } from "@/api/types";
import { shortMoment } from "@/shared/lib/format-time";
import { Button } from "@/shared/ui/button";
import { TrendBars } from "@/shared/ui/trend-bars";

function Figure({ words, value }: { words: string; value: number | null }) {
  return (
    <div className="min-w-0 rounded-card border border-line px-4 py-3 max-sm:px-3">
      <dt className="text-small text-soft">{words}</dt>
      <dd className={value === null ? "text-body" : "text-title tabular-nums max-sm:text-heading"}>{value === null ? "not known" : value.toLocaleString("en-GB")}</dd>
    </div>
  );
}

export function Figures({ stats }: { stats: ErrorStats }) {
  const [period, setPeriod] = useState<"24h" | "14d">("24h");
  const trend = useQuery(errorTrendQuery(period));
  const bars = trend.data?.bars ?? [];
  return (
    <div className="flex flex-col gap-4">
      <dl className="grid grid-cols-3 gap-3 max-sm:gap-2">
        <Figure words="Waiting" value={stats.total_unresolved} />
        <Figure words="Critical" value={stats.critical_errors} />
        <Figure words="Warnings" value={stats.warnings} />
      </dl>
      {bars.length > 0 ? (
        <div className="flex flex-col gap-2">
          <TrendBars
            counts={bars.map((bar) => bar.count)}
            over={period === "24h" ? "in the last 24 hours" : "in the last 14 days"}
            className="h-20 w-full"
          />
          <div className="flex flex-wrap items-center justify-between gap-2 text-small text-soft">
            <span>{shortMoment(bars[0]?.until ?? "")}</span>
            <Button weight="quiet" className="max-sm:order-last max-sm:w-full" onClick={() => setPeriod(period === "24h" ? "14d" : "24h")}>
              {period === "24h" ? "Show 14 days" : "Show 24 hours"}
            </Button>
            <span>{shortMoment(bars.at(-1)?.until ?? "")}</span>
          </div>
        </div>
      ) : null}
    </div>
  );
}
