/** The last times that an error happened: to whom, during which request, where in the code, and what led to it. */
import type { ErrorEvent } from "@/api/types";
import { dayAndTime } from "@/shared/lib/format-time";
import { Fold } from "@/shared/ui/fold";

const FACTS: readonly [keyof ErrorEvent, string][] = [
  ["request_id", "Request"],
  ["user_email", "Person"],
  ["user_id", "Account"],
  ["route", "Route"],
  ["action", "Action"],
  ["show_id", "Show"],
  ["episode_id", "Episode"],
  ["environment", "Environment"],
  ["release", "Version"],
];

function Facts({ event }: { event: ErrorEvent }) {
  return (
    <dl className="grid gap-x-6 gap-y-1 text-small sm:grid-cols-2">
      {FACTS.filter(([name]) => event[name] !== "").map(([name, words]) => (
        <div key={name} className="flex gap-2">
          <dt className="shrink-0 text-soft">{words}</dt>
          <dd className="min-w-0 break-all">{String(event[name])}</dd>
        </div>
      ))}
    </dl>
  );
}

function Code({ event }: { event: ErrorEvent }) {
  return (
    <ol className="flex flex-col gap-1 text-small">
      {event.frames.map((frame, place) => (
        <li key={place} className={frame.in_app ? "font-semibold break-all" : "break-all text-soft"}>
          {frame.file}
          {frame.line === null ? "" : `:${frame.line}`} in {frame.function || "?"}
        </li>
      ))}
    </ol>
  );
}

function Breadcrumbs({ event }: { event: ErrorEvent }) {
  return (
    <ol className="flex flex-col gap-1 text-small">
      {event.breadcrumbs.map((crumb, place) => (
        <li key={place} className="break-words">
          <span className="text-soft">
            {crumb.at.slice(11, 19)} {crumb.category}
          </span>{" "}
          {crumb.message}
        </li>
      ))}
    </ol>
  );
}

export function EventList({ events }: { events: readonly ErrorEvent[] }) {
  if (events.length === 0) return <p className="text-soft">Nobody keeps the single times of this error any more.</p>;
  return (
    <ul className="divide-y divide-line">
      {events.map((event, place) => (
        <li key={event.id} className="py-3">
          <p className="font-semibold">{dayAndTime(event.at)}</p>
          {event.message ? <p className="break-words">{event.message}</p> : null}
          <Facts event={event} />
          {event.frames.length + event.breadcrumbs.length > 0 ? (
            <Fold words={`What led to it${place === 0 ? "" : `, ${place + 1} back`}`}>
              {event.breadcrumbs.length > 0 ? (
                <div>
                  <h3 className="mb-1 text-small font-semibold">Before it happened</h3>
                  <Breadcrumbs event={event} />
                </div>
              ) : null}
              {event.frames.length > 0 ? (
                <div>
                  <h3 className="mb-1 text-small font-semibold">Where in the code, the innermost first</h3>
                  <Code event={event} />
                </div>
              ) : null}
            </Fold>
          ) : null}
        </li>
      ))}
    </ul>
  );
}
