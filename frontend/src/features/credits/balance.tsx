/** The big number, how far it reaches, the bar of the month, and what is owed or running out. */
import { CircleAlert } from "lucide-react";
import type { ReactNode } from "react";

import type { Month, Standing, Usage } from "@/api/types";
import { creditsText, creditsWords, percentOf, shortageOf, thousandths, withUnit } from "@/shared/lib/credits";
import { dateOnly } from "@/shared/lib/format-time";
import { Card } from "@/shared/ui/page";

function Warning({ children }: { children: ReactNode }) {
  return (
    <p className="flex items-start gap-2 rounded-control bg-amber-wash p-3 font-semibold text-amber">
      <CircleAlert aria-hidden className="mt-0.5 size-5 shrink-0" />
      <span>{children}</span>
    </p>
  );
}

function reachSentence({ enough_for: enough, last_episode: last }: Month): string | null {
  if (enough === null || last === null) return null;
  const cost = `your last one took ${withUnit(last.credits)}`;
  if (enough === 0) return `Not enough for another episode like your last one: ${cost}.`;
  return `Enough for about ${enough} more ${enough === 1 ? "episode" : "episodes"} like your last one; ${cost}.`;
}

function Owed({ standing }: { standing: Standing }) {
  const debt = standing.storage_debt;
  if (debt === null) return null;
  return (
    <Warning>
      {withUnit(debt.due)} are owed for keeping your files.{" "}
      {standing.uploads_stopped
        ? "You can send new recordings once they are paid."
        : `From ${dateOnly(debt.uploads_stop_at)} on you cannot send new recordings until they are paid.`}{" "}
      Nothing is deleted before {dateOnly(debt.kept_until)}.
    </Warning>
  );
}

function Left({ standing, month }: { standing: Standing; month: Month }) {
  const reach = reachSentence(month);
  if (standing.available === null) {
    return (
      <div>
        <p className="text-display leading-tight font-semibold">No limit</p>
        <p className="mt-1 text-soft">What is used is written down, and nothing is refused.</p>
      </div>
    );
  }
  return (
    <div>
      <p className="text-display leading-tight font-semibold tabular-nums">
        {creditsWords(standing.available)} <span className="text-heading">left</span>
      </p>
      {reach ? <p className="mt-1 text-large">{reach}</p> : null}
      <p className="mt-1 text-small text-soft">
        {standing.minutes_left === null ? "" : `That is ${creditsWords(standing.minutes_left)} minutes as they were counted before. `}
        {thousandths(standing.held) > 0 ? `${withUnit(standing.held)} more are set aside for work that is going on.` : ""}
      </p>
    </div>
  );
}

function MonthBar({ standing, used }: { standing: Standing; used: number }) {
  const ends = `Your next month begins ${dateOnly(standing.period_end)}.`;
  const usedText = creditsWords(creditsText(used));
  if (standing.allowance === null) {
    return (
      <p>
        {usedText} used this month. {ends}
      </p>
    );
  }
  const percent = percentOf(used, thousandths(standing.allowance));
  const words = `${usedText} of this month’s ${creditsWords(standing.allowance)} used`;
  return (
    <div>
      <div className="mb-1.5 flex flex-wrap justify-between gap-x-4">
        <span className="font-semibold">{words}</span>
        <span className="tabular-nums">{percent} %</span>
      </div>
      <div
        role="progressbar"
        aria-label="This month’s credits"
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={percent}
        aria-valuetext={words}
        className="h-4 overflow-hidden rounded-round border border-edge bg-well"
      >
        <div className={percent >= 80 ? "h-full bg-amber" : "h-full bg-pine"} style={{ width: `${percent}%` }} />
      </div>
      <p className="mt-1.5 text-small text-soft">{ends}</p>
    </div>
  );
}

export function Balance({ standing, usage, month }: { standing: Standing; usage: Usage; month: Month }) {
  const shortage = shortageOf(standing);
  return (
    <Card className="flex flex-col gap-5">
      <h2 className="sr-only">What is left</h2>
      <Left standing={standing} month={month} />
      {shortage === "empty" ? (
        <Warning>
          No credits are left, so nothing new can be made. Your episodes stay on air, and people go on listening.
        </Warning>
      ) : null}
      {shortage === "low" ? <Warning>Most of this month’s credits are used.</Warning> : null}
      <Owed standing={standing} />
      <MonthBar standing={standing} used={Math.round(usage.credits_used_this_month * 1000)} />
    </Card>
  );
}
