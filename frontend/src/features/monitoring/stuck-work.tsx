/** Work that does not move: what it waits for, since when, and three choices, each rehearsed before it is done. */
import { useState } from "react";

import { useCleanUp } from "@/api/monitoring";
import type { Stuck, StuckEpisode } from "@/api/types";
import { dayAndTime } from "@/shared/lib/format-time";
import { Button } from "@/shared/ui/button";
import { ErrorCard } from "@/shared/ui/error-card";

import { begunAgain, REMEDIES, type Remedy, stuckSince, waitsFor } from "./stuck-words";

interface OneProps {
  one: StuckEpisode;
  since: string;
  onDone: (words: string) => void;
}

function One({ one, since, onDone }: OneProps) {
  const rehearsal = useCleanUp();
  const deed = useCleanUp();
  const wish = (action: Remedy, dry_run: boolean) => ({
    action,
    dry_run,
    operation_ids: [one.operation_id],
    // Whoever presses here was told that a worker is still at it, and is told again before anything is done.
    even_running: one.trouble === "runs_very_long",
  });
  const found = rehearsal.data;
  return (
    <li className="flex flex-col gap-3 py-4">
      <div>
        <p className="font-semibold break-words">{one.title}</p>
        <p className="break-words">{waitsFor(one)}</p>
        <p className="text-small break-words text-soft">
          Since {since}
          {begunAgain(one)} · {one.operation_id}
        </p>
      </div>
      <div role="group" aria-label={`What to do about ${one.title}`} className="flex flex-wrap gap-2 max-md:flex-col">
        {Object.entries(REMEDIES).map(([action, { words }]) => (
          <Button
            key={action}
            busy={rehearsal.isPending && rehearsal.variables.action === action && "Looking…"}
            disabled={rehearsal.isPending || deed.isPending}
            onClick={() => rehearsal.mutate(wish(action as Remedy, true))}
          >
            {words}
          </Button>
        ))}
      </div>
      {found === undefined ? null : (
        <div role="group" aria-label="Are you sure?" className="flex flex-col gap-3 rounded-card border border-edge p-4">
          <p className="text-small text-soft">Nothing is done yet. This is what would happen:</p>
          <p role="status" className="font-semibold">
            {found.message}
          </p>
          <div className="flex flex-wrap gap-2">
            {found.count === 0 ? null : (
              <Button
                key={found.action}
                weight={REMEDIES[found.action].weight}
                autoFocus
                busy={deed.isPending && "One moment…"}
                onClick={() =>
                  deed.mutate(wish(found.action, false), {
                    onSuccess: (done) => {
                      onDone(`${one.title}: ${done.message}`);
                      rehearsal.reset();
                    },
                  })
                }
              >
                Yes, {REMEDIES[found.action].words.toLowerCase()}
              </Button>
            )}
            <Button onClick={() => rehearsal.reset()}>Not now</Button>
          </div>
        </div>
      )}
      {rehearsal.isError ? <ErrorCard error={rehearsal.error} heading="We could not look at what would happen." /> : null}
      {deed.isError ? <ErrorCard error={deed.error} heading="Nothing was changed." /> : null}
    </li>
  );
}

/** `askedAt`: when the answer came, in milliseconds. */
export function StuckWork({ stuck, askedAt }: { stuck: Stuck; askedAt: number }) {
  const [told, setTold] = useState("");
  const { stuck_episodes: shown, stuck_count: count } = stuck;
  return (
    <>
      <p role="status" className={told === "" ? "sr-only" : "font-semibold break-words"}>
        {told}
      </p>
      {count === 0 ? <p className="text-soft">No work is stuck.</p> : null}
      {count > shown.length ? (
        <p className="text-soft">
          The oldest {shown.length} of {count}.
        </p>
      ) : null}
      <ul className="divide-y divide-line">
        {shown.map((one) => (
          <One key={one.operation_id} one={one} since={dayAndTime(stuckSince(one, askedAt))} onDone={setTold} />
        ))}
      </ul>
    </>
  );
}
