/** The words and the proposed cuts, side by side. */
import { useQuery } from "@tanstack/react-query";
import { useCallback, useRef } from "react";

import { useUpdateEpisode } from "@/api/episodes";
import { wordsQuery } from "@/api/transcripts";
import type { Episode, Proposal, Show } from "@/api/types";
import { ErrorCard } from "@/shared/ui/error-card";
import { Loading } from "@/shared/ui/page";

import { CutsPanel } from "./cuts-panel";
import { InternPanel } from "./intern-panel";
import { speakersOf } from "./paragraphs";
import { canBeDone } from "./proposal-words";
import { SpeakerNames } from "./speaker-names";
import { useDecisions } from "./use-decisions";
import { useHearing } from "./use-hearing";
import { WhatWasSaid } from "./what-was-said";

const QUALITY: Record<string, string> = {
  basic: "Written by the built-in recogniser, which mishears now and then. The sound is not touched by that.",
  good: "Written by a recogniser on this computer that hears well, and mishears now and then.",
  given: "Taken from the transcript you gave us.",
  provider: "Written out by a transcription service.",
};

/** A recogniser's words go to listeners only when a person has said that they may. */
function ShowToListeners({ episode }: { episode: Episode }) {
  const update = useUpdateEpisode(episode.id);
  return (
    <div className="mb-5">
      <label className="flex min-h-11 cursor-pointer items-center gap-3">
        <input
          type="checkbox"
          checked={update.isPending ? update.variables.captions_approved === true : episode.captions_public}
          onChange={(event) => update.mutate({ captions_approved: event.target.checked })}
          className="size-6 shrink-0 accent-(--pine)"
        />
        Show these words to listeners, as captions and on the page
      </label>
      {update.isError ? <ErrorCard error={update.error} heading="Your choice was not saved." /> : null}
    </div>
  );
}

/** Whoever writes for readers leaves "um" out: that none is proposed must not be taken for a clean recording. */
function FillersLeftOut({ wanted }: { wanted: boolean }) {
  return (
    <p className="mb-3 text-small">
      <strong>Ums and ers are not found in this recording.</strong> What wrote these words leaves them out, so none is
      proposed here{wanted ? ", though your show wants them cut" : ""}. They are still in the sound.
    </p>
  );
}

/** What is done to the sound listens to the whole recording first, so it is not in what is heard of a single cut. */
const isTreated = (show: Show | undefined) =>
  show !== undefined && (show.noise_reduction || show.levelling || show.de_essing);

export function EditDesk({ episode, show }: { episode: Episode; show: Show | undefined }) {
  const words = useQuery(wordsQuery(episode.id));
  const { proposals, desk } = useDecisions(episode);
  const hearing = useHearing();
  const failed = [words, proposals].find(({ isError, data }) => isError && data === undefined);

  // The transcript is long: it must not be drawn again because a handler is new.
  const decideAll = useRef(desk.decideAll);
  decideAll.current = desk.decideAll;
  const switchOne = useCallback(
    (proposal: Proposal) => {
      if (proposal.cut || canBeDone(proposal)) decideAll.current({ [proposal.id]: proposal.cut ? "keep" : "cut" });
    },
    [],
  );

  if (failed) {
    return (
      <div className="mt-10">
        <ErrorCard
          error={failed.error}
          heading="We could not load the words."
          action={{ words: "Try again", onPress: () => void Promise.all([words.refetch(), proposals.refetch()]) }}
          busy={failed.isFetching}
        />
      </div>
    );
  }
  if (words.data === undefined || proposals.data === undefined) return <Loading what="the words" />;
  return (
    <>
      <InternPanel episode={episode} words={words.data} hearing={hearing} />
      <div className="mt-10 grid items-start gap-8 xl:grid-cols-[minmax(0,7fr)_minmax(0,4fr)]">
      <section aria-label="Proposed cuts" className="rounded-panel bg-well p-4 md:p-5 xl:order-2">
        <h2 className="mb-3 text-heading">Proposed cuts</h2>
        {isTreated(show) ? (
          <p className="mb-3 text-small text-soft">
            “Hear it cut” plays the sound as it was recorded; what you chose for the show’s sound comes with the episode.
          </p>
        ) : null}
        {words.data.fillers === "left_out" && show?.cleanup.choices?.filler !== "keep" ? (
          <FillersLeftOut wanted={show?.cleanup.choices?.filler === "cut"} />
        ) : null}
        <CutsPanel episode={episode} proposals={proposals.data} words={words.data} desk={desk} hearing={hearing} />
      </section>
      <section aria-label="What was said" className="min-w-0">
        <h2 className="text-heading">What was said</h2>
        <p className="mt-1 mb-5 text-small text-soft">
          Times are those of your recording. Press a word to hear the recording from there. Struck words will not be
          heard in the episode; press one to keep it.{" "}
          {QUALITY[words.data.quality] ?? ""}
        </p>
        <ShowToListeners episode={episode} />
        <SpeakerNames episode={episode} labels={speakersOf(words.data.words)} />
        <WhatWasSaid episode={episode} words={words.data} proposals={proposals.data} onSwitch={switchOne} />
      </section>
      </div>
    </>
  );
}
