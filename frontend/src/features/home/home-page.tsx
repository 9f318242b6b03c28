/** Home answers one question: what needs me? */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";

import { meQuery } from "@/api/account";
import { episodesQuery } from "@/api/episodes";
import { showsQuery } from "@/api/shows";
import type { Episode, Show } from "@/api/types";
import { buttonLook } from "@/shared/ui/button";
import { ErrorCard } from "@/shared/ui/error-card";
import { Card, Loading, Page } from "@/shared/ui/page";

import { CreditsWarning } from "./credits-warning";
import { EpisodeList } from "./episode-list";
import { FirstSteps } from "./first-steps";
import { nextAction } from "./next-action";

function NextCard({ episodes, shows }: { episodes: readonly Episode[]; shows: readonly Show[] }) {
  const action = nextAction(episodes, shows);
  return (
    <Card className="mb-10 flex flex-wrap items-center justify-between gap-x-8 gap-y-4">
      <div className="max-w-xl min-w-0">
        <h2 className="text-heading break-words">{action.heading}</h2>
        <p className="mt-1 text-soft">{action.sentence}</p>
      </div>
      {action.episodeId === null ? (
        <Link to="/new" className={buttonLook("main")}>
          {action.button}
        </Link>
      ) : (
        <Link to="/episodes/$episodeId" params={{ episodeId: action.episodeId }} className={buttonLook("main")}>
          {action.button}
        </Link>
      )}
    </Card>
  );
}

export function HomePage() {
  const me = useQuery(meQuery);
  const shows = useQuery(showsQuery);
  const episodes = useQuery(episodesQuery);
  const failed = [shows, episodes].find(({ isError }) => isError);
  const firstName = me.data?.account.name.split(" ")[0];
  const started = shows.data !== undefined && shows.data.length > 0 && (episodes.data?.length ?? 0) > 0;

  return (
    <Page title={firstName ? `Hello, ${firstName}` : "Hello"}>
      {failed ? (
        <ErrorCard
          error={failed.error}
          heading="We could not load your episodes."
          kept="They are safe on the server."
          action={{ words: "Try again", onPress: () => void Promise.all([shows.refetch(), episodes.refetch()]) }}
          busy={failed.isFetching}
        />
      ) : null}
      {!failed && (shows.data === undefined || episodes.data === undefined) ? <Loading what="your episodes" /> : null}
      {shows.data && episodes.data && !started ? <FirstSteps show={shows.data[0]} /> : null}
      {shows.data && episodes.data && started ? (
        <>
          <CreditsWarning />
          <NextCard episodes={episodes.data} shows={shows.data} />
          <EpisodeList episodes={episodes.data} shows={shows.data} />
        </>
      ) : null}
    </Page>
  );
}
