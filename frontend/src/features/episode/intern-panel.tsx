/** What the intern was asked while recording: an answer is written, heard, put into the episode, or left out. */
import { useQuery } from "@tanstack/react-query";

import { internsQuery } from "@/api/transcripts";
import type { Episode, Intern, Words } from "@/api/types";

import { OneIntern } from "./one-intern";
import type { HearingDesk } from "./use-hearing";

interface InternPanelProps {
  episode: Episode;
  words: Words;
  hearing: HearingDesk;
}

export function InternPanel({ episode, words, hearing }: InternPanelProps) {
  const { data } = useQuery({ ...internsQuery(episode.id), enabled: episode.transcript !== null });
  if (data === undefined || data.length === 0) return null;
  const isPossible = ({ sure, state }: Intern) => !sure && state === "detected";
  const asked = data.filter((intern) => !isPossible(intern));
  const possible = data.filter(isPossible);
  return (
    <section aria-label="What you asked the intern" className="mt-10 rounded-panel bg-well p-4 md:p-5">
      <h2 className="mb-3 text-heading">What you asked the intern</h2>
      <ul>
        {asked.map((intern) => (
          <OneIntern key={intern.id} episode={episode} intern={intern} words={words} hearing={hearing} />
        ))}
      </ul>
      {possible.length > 0 ? (
        <details className="mt-2">
          <summary className="flex min-h-11 cursor-pointer items-center font-semibold text-pine">
            {possible.length === 1 ? "One more place" : `${possible.length} more places`} where you perhaps only spoke about
            an intern
          </summary>
          <ul className="mt-2">
            {possible.map((intern) => (
              <OneIntern key={intern.id} episode={episode} intern={intern} words={words} hearing={hearing} />
            ))}
          </ul>
        </details>
      ) : null}
    </section>
  );
}
