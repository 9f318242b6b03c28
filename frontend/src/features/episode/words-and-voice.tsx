/** Who writes out this episode's words, and who speaks in it; it counts when the episode is made again. */
import { useQuery } from "@tanstack/react-query";
import { RefreshCw } from "lucide-react";

import { quoteQuery } from "@/api/billing";
import { enginesQuery } from "@/api/engines";
import { useProduce, useUpdateEpisode } from "@/api/episodes";
import type { Engines, Episode, Show } from "@/api/types";
import { Button } from "@/shared/ui/button";
import { EngineChoice } from "@/shared/ui/engine-choice";
import { ErrorCard } from "@/shared/ui/error-card";
import { Card } from "@/shared/ui/page";
import { Fold } from "@/shared/ui/fold";
import { QuoteNote } from "@/shared/ui/quote-note";
import { ShortageLink } from "@/shared/ui/shortage-link";
import { VoiceChoice } from "@/shared/ui/voice-choice";

import { wishFor } from "./wish-for";

const OTHERWISE = "As your show has it";

interface WordsAndVoiceProps {
  episode: Episode;
  show: Show | undefined;
  working: boolean;
}

/** Who wrote the words that are there, by the name that people know. */
function writtenBy(episode: Episode, engines: Engines | undefined): string {
  const { transcript } = episode;
  if (transcript === null) return "";
  if (transcript.quality === "given") return "The words are those that you gave us.";
  const engine = engines?.transcribers.find(({ id }) => id === transcript.engine);
  return `The words that you see were written by: ${engine?.label ?? transcript.engine}.`;
}

export function WordsAndVoice(props: WordsAndVoiceProps) {
  return (
    <Card>
      <h2 className="mb-1 text-heading">Words and voice</h2>
      <Fold words="Who writes out the words, and who speaks">
        <Choices {...props} />
      </Fold>
    </Card>
  );
}

function Choices({ episode, show, working }: WordsAndVoiceProps) {
  const engines = useQuery(enginesQuery);
  const update = useUpdateEpisode(episode.id);
  const produce = useProduce(episode.id);
  const quote = useQuery({ ...quoteQuery(episode), enabled: update.isSuccess && !working });
  const wish = update.isPending ? { ...episode, ...update.variables } : episode;
  return (
    <>
      <p className="text-soft empty:hidden">{writtenBy(episode, engines.data)}</p>
      <EngineChoice
        value={wish.transcriber ?? null}
        otherwise={OTHERWISE}
        inherited={show?.transcriber}
        onChange={(transcriber) => update.mutate({ transcriber })}
      />
      <VoiceChoice
        value={wish.voice ?? null}
        otherwise={OTHERWISE}
        inherited={show?.voice}
        onChange={(voice) => update.mutate({ voice })}
      />
      {update.isError ? <ErrorCard error={update.error} heading="Your choice was not saved." /> : null}
      {update.isSuccess ? (
        <div className="flex flex-col items-start gap-3 rounded-card bg-amber-wash p-4">
          <p role="status">
            Saved. It counts when the episode is made again. Other words may bring other cuts; those that you chose
            yourself stay.
          </p>
          {quote.data ? <QuoteNote quote={quote.data} what="Making it again" /> : null}
          <Button
            icon={RefreshCw}
            disabled={working}
            busy={produce.isPending && "Starting…"}
            onClick={() => produce.mutate(wishFor(episode), { onSuccess: () => update.reset() })}
          >
            Make the episode again
          </Button>
        </div>
      ) : null}
      {produce.isError ? (
        <ErrorCard error={produce.error} heading="The work was not started." kept="Your choice is kept." />
      ) : null}
      <ShortageLink error={produce.error} />
    </>
  );
}
