/** All episodes, newest first, each with its state in words. */
import { Link } from "@tanstack/react-router";
import { useId, useState } from "react";

import type { Episode, Show } from "@/api/types";
import { stateWords, titleOf } from "@/shared/lib/episode-words";
import { clockTime, dateOnly } from "@/shared/lib/format-time";
import { TextField } from "@/shared/ui/field";
import { StateLabel } from "@/shared/ui/state-label";

/** With fewer than this, a search field would only be in the way. */
const SEARCH_FROM = 8;

interface EpisodeListProps {
  episodes: readonly Episode[];
  shows: readonly Show[];
}

function facts(episode: Episode, show: Show | undefined, manyShows: boolean): string {
  return [
    manyShows ? (show?.title ?? "") : "",
    episode.number === null ? "" : `Episode ${episode.number}`,
    episode.rendition ? clockTime(episode.rendition.duration_ms) : "",
    episode.state === "live" && episode.published_at
      ? `Published ${dateOnly(episode.published_at)}`
      : `Started ${dateOnly(episode.created_at)}`,
  ]
    .filter(Boolean)
    .join(" · ");
}

export function EpisodeList({ episodes, shows }: EpisodeListProps) {
  const heading = useId();
  const [search, setSearch] = useState("");
  const wanted = search.trim().toLocaleLowerCase();
  const found = [...episodes]
    .filter((episode) => titleOf(episode).toLocaleLowerCase().includes(wanted))
    .sort((one, other) => other.created_at.localeCompare(one.created_at));

  return (
    <section aria-labelledby={heading}>
      <h2 id={heading} className="mb-3 text-heading">
        Your episodes
      </h2>
      {episodes.length >= SEARCH_FROM ? (
        <div className="mb-4 max-w-sm">
          <TextField
            label="Find an episode"
            type="search"
            value={search}
            onChange={(event) => setSearch(event.target.value)}
          />
        </div>
      ) : null}
      {found.length === 0 ? <p className="text-soft">No episode has these words in its title.</p> : null}
      <ul className="divide-y divide-line border-y border-line">
        {found.map((episode) => {
          const show = shows.find(({ id }) => id === episode.show_id);
          return (
            <li key={episode.id} className="flex flex-wrap items-center justify-between gap-x-6 gap-y-1 py-3">
              <div className="min-w-0 basis-80 grow">
                <Link
                  to="/episodes/$episodeId"
                  params={{ episodeId: episode.id }}
                  className="inline-block py-1 font-reading text-large font-semibold break-words underline decoration-line decoration-2 underline-offset-4 hover:decoration-pine"
                >
                  {titleOf(episode)}
                </Link>
                <p className="text-small text-soft">{facts(episode, show, shows.length > 1)}</p>
              </div>
              <StateLabel state={stateWords(episode, show)} />
            </li>
          );
        })}
      </ul>
    </section>
  );
}
