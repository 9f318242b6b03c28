/** One episode: hear it, look at the cuts, say when it goes out. */
import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";

import { episodeQuery } from "@/api/episodes";
import { isRunning, useOperation } from "@/api/operations";
import { showsQuery } from "@/api/shows";
import type { Episode, Show } from "@/api/types";
import { stateWords, titleOf } from "@/shared/lib/episode-words";
import { ErrorCard } from "@/shared/ui/error-card";
import { Card, Loading, Page } from "@/shared/ui/page";
import { StateLabel } from "@/shared/ui/state-label";

import { Details } from "./details";
import { EditDesk } from "./edit-desk";
import { Facts } from "./facts";
import { Ideas } from "./ideas";
import { Listen } from "./listen";
import { PublishPanel } from "./publish-panel";
import { WordsAndVoice } from "./words-and-voice";
import { WorkPanel } from "./work-panel";

export function EpisodePage() {
  const { episodeId } = useParams({ from: "/desk/episodes/$episodeId" });
  const episode = useQuery(episodeQuery(episodeId));
  const shows = useQuery(showsQuery);
  const failed = [episode, shows].find(({ isError, data }) => isError && data === undefined);

  if (failed) {
    return (
      <Page title="Episode">
        <ErrorCard
          error={failed.error}
          heading="We could not load this episode."
          action={{ words: "Try again", onPress: () => void Promise.all([episode.refetch(), shows.refetch()]) }}
          busy={failed.isFetching}
        />
      </Page>
    );
  }
  if (episode.data === undefined || shows.data === undefined) {
    return (
      <Page title="Episode">
        <Loading what="the episode" />
      </Page>
    );
  }
  const show = shows.data.find(({ id }) => id === episode.data.show_id);
  return <OpenEpisode key={episodeId} episode={episode.data} show={show} />;
}

function OpenEpisode({ episode, show }: { episode: Episode; show: Show | undefined }) {
  const operation = useOperation(episode.operation_id);
  const working = operation.data !== undefined && isRunning(operation.data);
  const stopped = operation.data?.state === "failed" || operation.data?.state === "cancelled";
  return (
    <Page
      wide
      title={titleOf(episode)}
      above={[show?.title, episode.number === null ? "" : `Episode ${episode.number}`].filter(Boolean).join(" · ")}
      beside={<StateLabel state={stateWords(episode, show)} />}
    >
      {/* On a small screen one checks the cuts before one publishes; on a large one both are in sight at once. */}
      <div className="grid items-start gap-6 xl:grid-cols-[minmax(0,7fr)_minmax(0,4fr)]">
        <div className="flex min-w-0 flex-col gap-6">
          {operation.data && (working || stopped) ? <WorkPanel operation={operation.data} /> : null}
          {episode.rendition ? <Listen episode={episode} rendition={episode.rendition} working={working} /> : null}
          {!episode.rendition && !operation.data ? (
            <Card>
              <p>Nothing has been made from this recording yet.</p>
            </Card>
          ) : null}
        </div>
        {episode.transcript ? (
          <div className="min-w-0 xl:col-span-2 xl:row-start-2">
            <EditDesk episode={episode} show={show} />
          </div>
        ) : null}
        <div className="min-w-0 xl:col-start-2 xl:row-start-1">
          <PublishPanel episode={episode} show={show} working={working} />
        </div>
      </div>
      <div className="mt-10 grid items-start gap-6 lg:grid-cols-2">
        <Details episode={episode} />
        <Facts episode={episode} />
        {episode.transcript ? <Ideas episode={episode} /> : null}
        <WordsAndVoice episode={episode} show={show} working={working} />
      </div>
    </Page>
  );
}
