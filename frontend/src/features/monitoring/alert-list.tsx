/** Alerts that are on: since when, what was measured, what to do first, and where the whole way is written. */
import type { Alerts } from "@/api/types";
import { dayAndTime } from "@/shared/lib/format-time";

import { openAlerts, plainName } from "./tile-words";

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
            Since {dayAndTime(alert.opened_at)} · {alert.severity} · {alert.runbook}
          </p>
        </li>
      ))}
    </ul>
  );
}
