/** Every outside service: whether it is asked, and a switch for a person, who is asked once more. */
import { useState } from "react";

import { useSwitchService } from "@/api/monitoring";
import type { Breaker, Breakers } from "@/api/types";
import { shortMoment } from "@/shared/lib/format-time";
import { Button } from "@/shared/ui/button";
import { ErrorCard } from "@/shared/ui/error-card";

const NAMES: Record<string, string> = {
  assemblyai: "AssemblyAI",
  auphonic: "Auphonic",
  auto_ops_model: "Auto-Ops: model",
  elevenlabs: "ElevenLabs",
  gemini: "Gemini",
  github: "GitHub",
  google: "Google voices",
  openai_compatible: "Texts (OpenAI’s interface)",
  sentry: "Sentry",
  slack: "Slack",
  slack_reading: "Auto-Ops: reading Slack",
  slack_writing: "Auto-Ops: replies on Slack",
  storage: "File storage (S3)",
  stripe: "Stripe",
};

/** Pure. */
function said(breaker: Breaker, now: number): string {
  if (breaker.state === "isolated") return "Switched off by hand";
  if (breaker.quiet_until) return `Wants quiet until ${shortMoment(breaker.quiet_until)}`;
  if (breaker.state === "half_open") return "Being tried again";
  if (breaker.state === "open") {
    if (!breaker.next_probe_at) return "Left alone";
    if (Date.parse(breaker.next_probe_at) <= now) return "Left alone; whoever needs it next tries it again";
    return `Left alone until ${shortMoment(breaker.next_probe_at)}`;
  }
  const failed = breaker.failure_count ?? 0;
  return failed === 0 ? "Asked as usual" : `Asked as usual; ${failed} of the last calls failed`;
}

function Service({ name, breaker }: { name: string; breaker: Breaker }) {
  const [asked, setAsked] = useState(false);
  const change = useSwitchService();
  const title = NAMES[name] ?? name;
  const act = breaker.state === "closed" && !breaker.quiet_until ? "isolate" : "release";
  const verb = act === "isolate" ? "Switch off" : "Ask again now";
  return (
    <li className="flex flex-col gap-2 py-3">
      <div className="flex flex-wrap items-center justify-between gap-x-6 gap-y-2">
        <div className="min-w-0">
          <p className="font-semibold">{title}</p>
          <p className="text-small text-soft">{said(breaker, Date.now())}</p>
        </div>
        <Button onClick={() => setAsked(true)} aria-label={`${verb}: ${title}`}>
          {verb}
        </Button>
      </div>
      {asked ? (
        <div role="group" aria-label="Are you sure?" className="flex flex-col gap-3 rounded-card border border-edge p-4">
          <p className="font-semibold">
            {act === "isolate"
              ? `Nobody will ask ${title} until you press “Ask again now”. What needs it stops with a sentence that says so.`
              : `${title} will be asked again at once, whatever was before.`}
          </p>
          <div className="flex flex-wrap gap-2">
            <Button
              weight={act === "isolate" ? "danger" : "main"}
              autoFocus
              busy={change.isPending && "One moment…"}
              onClick={() => change.mutate({ service: name, act }, { onSuccess: () => setAsked(false) })}
            >
              Yes, {verb.toLowerCase()}
            </Button>
            <Button onClick={() => setAsked(false)}>Leave it</Button>
          </div>
        </div>
      ) : null}
      {change.isError ? <ErrorCard error={change.error} heading="Nothing was changed." /> : null}
    </li>
  );
}

export function Services({ breakers }: { breakers: Breakers }) {
  return (
    <ul className="divide-y divide-line">
      {Object.entries(breakers.breakers).map(([name, breaker]) => (
        <Service key={name} name={name} breaker={breaker} />
      ))}
    </ul>
  );
}
