/** One thing that was looked at: its value, its limit, its day, and what to do. */
import { clsx } from "clsx";
import { CircleAlert, CircleCheck, CircleHelp, type LucideIcon, OctagonAlert } from "lucide-react";

import type { HealthHistory } from "@/api/types";

import { DayLine } from "./day-line";
import type { Tile, Verdict } from "./tile-words";

const LOOKS: Record<Verdict, { icon: LucideIcon; words: string; look: string }> = {
  well: { icon: CircleCheck, words: "Well", look: "text-ok" },
  look: { icon: CircleAlert, words: "Needs a look", look: "text-amber" },
  bad: { icon: OctagonAlert, words: "Needs you now", look: "text-cut" },
  unknown: { icon: CircleHelp, words: "Not known", look: "text-amber" },
};

export function TileCard({ tile, history }: { tile: Tile; history: HealthHistory | undefined }) {
  const { icon: Icon, words, look } = LOOKS[tile.verdict];
  return (
    <li
      className={clsx(
        "flex flex-col gap-2 rounded-card border bg-card p-4",
        tile.verdict === "bad" ? "border-cut" : tile.verdict === "well" ? "border-line" : "border-amber",
      )}
    >
      <div className="flex flex-wrap items-center justify-between gap-2">
        <h3 className="text-body">{tile.name}</h3>
        <span className={clsx("inline-flex items-center gap-1.5 text-small font-semibold", look)}>
          <Icon aria-hidden className="size-4 shrink-0" />
          {words}
        </span>
      </div>
      <p className="text-heading tabular-nums">{tile.value}</p>
      {tile.limit ? <p className="text-small break-words text-soft">{tile.limit}</p> : null}
      {tile.action ? <p className="text-small font-semibold break-words">{tile.action}</p> : null}
      {tile.figure !== undefined && history !== undefined ? (
        <div className="mt-auto">
          <DayLine samples={history.lines[tile.figure] ?? []} everySeconds={history.every_seconds} what={tile.name} />
        </div>
      ) : null}
    </li>
  );
}
