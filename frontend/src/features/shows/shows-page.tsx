/** Shows: name the first one, or look after those there are. */
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { ExternalLink, Plus } from "lucide-react";

import { meQuery } from "@/api/account";
import { showsQuery } from "@/api/shows";
import type { Show } from "@/api/types";
import { buttonLook } from "@/shared/ui/button";
import { CopyAddress } from "@/shared/ui/copy-address";
import { ErrorCard } from "@/shared/ui/error-card";
import { Card, Loading, Page } from "@/shared/ui/page";

import { CoverField } from "./cover-field";
import { NewShow } from "./new-show";
import { ShowForm } from "./show-form";
import { SoundCues } from "./sound-cues";
import { TemplatesList } from "./templates-list";

const NEW = "new";

function OpenShow({ show }: { show: Show }) {
  return (
    <div className="grid items-start gap-6 lg:grid-cols-[minmax(0,8fr)_minmax(0,5fr)]">
      <ShowForm key={show.id} show={show} />
      <div className="flex flex-col gap-6">
        <Card>
          <h2 className="mb-3 text-heading">Where it is</h2>
          <CopyAddress name="The show’s page" address={show.page_url} />
          <CopyAddress name="The feed for podcast apps" address={show.feed_url} />
        </Card>
        <CoverField show={show} />
        <SoundCues key={`sounds of ${show.id}`} show={show} />
        <TemplatesList showId={show.id} />
      </div>
    </div>
  );
}

function ShowSwitch({ shows, current }: { shows: readonly Show[]; current: string }) {
  const look = "flex min-h-11 items-center gap-2 rounded-control border border-edge bg-card px-4 py-2 aria-[current=page]:border-2 aria-[current=page]:border-pine aria-[current=page]:font-semibold";
  return (
    <nav aria-label="Your shows" className="mb-6 flex flex-wrap gap-2">
      {shows.map((show) => (
        <Link
          key={show.id}
          to="/shows"
          search={{ show: show.id }}
          className={look}
          aria-current={show.id === current ? "page" : undefined}
        >
          {show.title}
        </Link>
      ))}
      <Link to="/shows" search={{ show: NEW }} className={look} aria-current={current === NEW ? "page" : undefined}>
        <Plus aria-hidden className="size-5" />
        Another show
      </Link>
    </nav>
  );
}

export function ShowsPage() {
  const shows = useQuery(showsQuery);
  const me = useQuery(meQuery);
  const { show: wanted } = useSearch({ from: "/desk/shows" });
  const navigate = useNavigate();

  if (shows.isError && shows.data === undefined) {
    return (
      <Page title="Your show">
        <ErrorCard
          error={shows.error}
          heading="We could not load your show."
          action={{ words: "Try again", onPress: () => void shows.refetch() }}
          busy={shows.isFetching}
        />
      </Page>
    );
  }
  if (shows.data === undefined || me.data === undefined) {
    return (
      <Page title="Your show">
        <Loading what="your show" />
      </Page>
    );
  }
  const current = wanted === NEW ? undefined : (shows.data.find(({ id }) => id === wanted) ?? shows.data[0]);
  const open = (show: Show) => void navigate({ to: "/shows", search: { show: show.id } });
  return (
    <Page
      title={current?.title ?? "Name your show"}
      above={current ? "Your show" : undefined}
      beside={
        current ? (
          <a href={current.page_url} className={buttonLook("quiet", "px-0 text-small")}>
            <ExternalLink aria-hidden className="size-5" />
            See it as listeners do
          </a>
        ) : undefined
      }
      wide
    >
      {shows.data.length > 0 ? <ShowSwitch shows={shows.data} current={current?.id ?? NEW} /> : null}
      {current ? <OpenShow show={current} /> : <NewShow account={me.data.account} onMade={open} />}
    </Page>
  );
}
