/** The finished sound, and the button to make it again when the cuts have changed since. */
import { useQuery } from "@tanstack/react-query";
import { RefreshCw } from "lucide-react";

import { useProduce } from "@/api/episodes";
import { proposalsQuery, wordsQuery } from "@/api/transcripts";
import type { Episode } from "@/api/types";
import { clockTime, spokenLength } from "@/shared/lib/format-time";
import { ownAddress } from "@/shared/lib/own-address";
import { AudioPlayer } from "@/shared/ui/audio-player";
import { Button } from "@/shared/ui/button";
import { ErrorCard } from "@/shared/ui/error-card";
import { Card } from "@/shared/ui/page";
import { ShortageLink } from "@/shared/ui/shortage-link";

import { cutMs } from "./proposal-words";
import { wishFor } from "./wish-for";

interface ListenProps {
  episode: Episode;
  rendition: NonNullable<Episode["rendition"]>;
  working: boolean;
}

/** Before and after, in a sentence. */
function Lengths({ episode, finishedMs }: { episode: Episode; finishedMs: number }) {
  const words = useQuery({ ...wordsQuery(episode.id), enabled: episode.transcript !== null });
  const proposals = useQuery({ ...proposalsQuery(episode.id), enabled: episode.transcript !== null });
  if (words.data === undefined || proposals.data === undefined) return null;
  if (episode.rendition?.outdated) {
    return <p className="text-soft">What you hear here is {clockTime(finishedMs)} long and has the cuts of before.</p>;
  }
  const taken = cutMs(proposals.data);
  return (
    <p className="text-soft">
      You recorded {clockTime(words.data.duration_ms)}.{" "}
      {taken > 0 ? `${spokenLength(taken)} of that ${taken < 1_950 ? "is" : "are"} cut. ` : "Nothing is cut. "}
      With what your template adds, the episode is {clockTime(finishedMs)} long.
    </p>
  );
}

export function Listen({ episode, rendition, working }: ListenProps) {
  const produce = useProduce(episode.id);
  return (
    <Card className="flex flex-col gap-4">
      <h2 className="text-heading">Listen</h2>
      <AudioPlayer
        key={rendition.id} // a new making may keep the address of the old one
        source={ownAddress(rendition.url)}
        durationMs={rendition.duration_ms}
        label="The finished episode"
      />
      <Lengths episode={episode} finishedMs={rendition.duration_ms} />
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
      <ShortageLink error={produce.error} />
    </Card>
  );
}
