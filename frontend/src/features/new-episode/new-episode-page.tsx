/** From a recording to an episode on one screen: drop it, watch it, say when it goes out. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";

import { showsQuery } from "@/api/shows";
import { buttonLook } from "@/shared/ui/button";
import { ErrorCard } from "@/shared/ui/error-card";
import { Card, Loading, Page } from "@/shared/ui/page";

import { StartEpisode } from "./start-episode";

export function NewEpisodePage() {
  const shows = useQuery(showsQuery);
  if (shows.isError) {
    return (
      <Page title="New episode">
        <ErrorCard
          error={shows.error}
          heading="We could not load your show."
          action={{ words: "Try again", onPress: () => void shows.refetch() }}
          busy={shows.isFetching}
        />
      </Page>
    );
  }
  if (shows.data === undefined) {
    return (
      <Page title="New episode">
        <Loading what="your show" />
      </Page>
    );
  }
  if (shows.data.length === 0) {
    return (
      <Page title="New episode">
        <Card className="max-w-xl">
          <h2 className="text-heading">First, name your show</h2>
          <p className="mt-1 mb-4 text-soft">An episode belongs to a show. One field is enough to begin.</p>
          <Link to="/shows" className={buttonLook("main")}>
            Name your show
          </Link>
        </Card>
      </Page>
    );
  }
  return <StartEpisode shows={shows.data} />;
}
