/** Alerts that are on: since when, what was measured, what to do first, and where the whole way is written. */
import type { Alerts } from "@/api/types";
import { dayAndTime } from "@/shared/lib/format-time";

import { openAlerts, plainName } from "./tile-words";

const URGENCY: Record<Alerts["alerts"][number]["severity"], string> = { page: "look now", ticket: "look today" };

/** Where the whole way is written: a link, or the path in the source where no address is set. */
function Runbook({ place }: { place: string }) {
  if (!/^https?:/.test(place)) return place;
  return (
    <a href={place} className="text-pine underline underline-offset-4">
      What to do, step by step
    </a>
  );
}

export function AlertList({ alerts }: { alerts: Alerts }) {
  const open = openAlerts(alerts);
  if (open.length === 0) return <p className="text-soft">No alert is on.</p>;
  return (
    <ul className="divide-y divide-line">
      {open.map((alert) => (
        <li key={alert.id} className="flex flex-col gap-1 py-3">
          <p className="font-semibold break-words">
            {plainName(alert.name)}
            {alert.subject ? `: ${alert.subject}` : ""}
          </p>
          <p className="break-words">
            {alert.figures} {alert.first_step}
          </p>
          <p className="text-small break-all text-soft">
            Since {dayAndTime(alert.opened_at)} · {URGENCY[alert.severity]} · <Runbook place={alert.runbook} />
          </p>
        </li>
      ))}
    </ul>
  );
}
