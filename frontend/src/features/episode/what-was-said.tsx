/** The words of the recording: to read, to find something in, and to hear from any place. */
import { clsx } from "clsx";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";

import type { Episode, Proposal, Words } from "@/api/types";

import { RecordingPlayer, type Wish } from "./recording-player";
import { marksOf } from "./search";
import { Transcript } from "./transcript";
import { TranscriptSearch, useSearch } from "./transcript-search";

interface WhatWasSaidProps {
  episode: Episode;
  words: Words;
  proposals: readonly Proposal[];
  onSwitch: (proposal: Proposal) => void;
}

export function WhatWasSaid({ episode, words, proposals, onSwitch }: WhatWasSaidProps) {
  const text = useRef<HTMLDivElement>(null);
  const [wish, setWish] = useState<Wish | null>(null);
  const search = useSearch(words.words);
  const { places, current } = search;
  const marks = useMemo(() => marksOf(places), [places]);
  const place = places[current];
  const play = useCallback((fromMs: number) => setWish({ fromMs }), []);

  useEffect(() => {
    if (place === undefined) return;
    text.current?.querySelector(`[data-word="${place.first}"]`)?.scrollIntoView({ block: "center" });
  }, [place]);

  return (
    <>
      <div
        className={clsx(
          "-mx-2 mb-5 flex flex-col gap-2 bg-paper px-2 py-3",
          // It goes along while there is something to go to.
          (places.length > 0 || wish !== null) && "sticky top-0 z-10 border-b border-line",
        )}
      >
        <TranscriptSearch desk={search} onPlay={() => play(words.words[place?.first ?? 0]?.start_ms ?? 0)} />
        {wish ? (
          <RecordingPlayer
            recordingId={episode.recording_id}
            words={words.words}
            wish={wish}
            text={text}
            onClose={() => setWish(null)}
          />
        ) : null}
      </div>
      <Transcript
        ref={text}
        words={words}
        names={episode.speaker_names}
        proposals={proposals}
        marks={marks}
        current={current}
        onSwitch={onSwitch}
        onPlay={play}
      />
    </>
  );
}
