/** The finished sound, and the button to make it again when the cuts have changed since. */
import { RefreshCw } from "lucide-react";

import { useProduce } from "@/api/episodes";
import type { Episode, PublishWhen } from "@/api/types";
import { AudioPlayer } from "@/shared/ui/audio-player";
import { Button } from "@/shared/ui/button";
import { ErrorCard } from "@/shared/ui/error-card";
import { Card } from "@/shared/ui/page";

interface ListenProps {
  episode: Episode;
  rendition: NonNullable<Episode["rendition"]>;
  working: boolean;
}

/** An episode that is out, or about to be, gets its new sound without asking once more. */
const wishFor = ({ state }: Episode): PublishWhen =>
  state === "live" ? "now" : state === "scheduled" ? "slot" : "not_yet";

export function Listen({ episode, rendition, working }: ListenProps) {
  const produce = useProduce(episode.id);
  return (
    <Card className="flex flex-col gap-4">
      <h2 className="text-heading">Listen</h2>
      <AudioPlayer source={rendition.url} durationMs={rendition.duration_ms} label="The finished episode" />
      {rendition.outdated && !working ? (
        <div className="flex flex-wrap items-center justify-between gap-3 rounded-card bg-amber-wash p-4">
          <p className="grow basis-64">
            <strong className="text-amber">You changed the cuts since this was made.</strong>{" "}
            {episode.state === "live" ? "Listeners hear the old version until you make it again." : ""}
          </p>
          <Button
            weight={episode.state === "live" ? "main" : "plain"}
            icon={RefreshCw}
            onClick={() => produce.mutate(wishFor(episode))}
            busy={produce.isPending && "Starting…"}
          >
            Make the episode again
          </Button>
        </div>
      ) : null}
      {produce.isError ? (
        <ErrorCard error={produce.error} heading="The work was not started." kept="Your cuts are kept." />
      ) : null}
    </Card>
  );
}
