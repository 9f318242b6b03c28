/** Errors, the last seen first, and more of them on demand. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";

import { errorPagesQuery, type ErrorWish } from "@/api/feedback";
import { RefusedError } from "@/api/errors";
import type { ErrorRow } from "@/api/types";
import { shortMoment } from "@/shared/lib/format-time";
import { Button } from "@/shared/ui/button";
import { ErrorCard } from "@/shared/ui/error-card";
import { Loading } from "@/shared/ui/page";
import { TrendBars } from "@/shared/ui/trend-bars";

import { failureHeading, people, STATUS_WORDS, times } from "./error-words";
import { LevelLabel } from "./level-label";
import { SourceNote } from "./source-note";

function Row({ error }: { error: ErrorRow }) {
  return (
    <li className="flex flex-wrap items-center justify-between gap-x-6 gap-y-2 py-4">
      <div className="flex min-w-0 flex-[1_1_24rem] flex-col items-start gap-1.5">
        <div className="flex flex-wrap items-center gap-2">
          <LevelLabel level={error.level} />
          {error.status === "unresolved" ? null : <span className="text-small text-soft">{STATUS_WORDS[error.status]}</span>}
          {error.short_id ? <span className="text-small text-soft">{error.short_id}</span> : null}
        </div>
        <Link
          to="/errors/$errorId"
          params={{ errorId: error.issue_id }}
          className="min-h-11 content-center font-semibold break-words underline decoration-line underline-offset-4 hover:decoration-ink"
        >
          {error.title}
        </Link>
        <p className="text-small break-words text-soft">
          {times(error.event_count)}, {people(error.user_count)} · last {shortMoment(error.last_seen)}
          {error.environment ? ` · ${error.environment}` : ""}
          {error.assigned_to ? ` · ${error.assigned_to} is at it` : ""}
        </p>
      </div>
      {error.trend_24h.length > 0 ? <TrendBars counts={error.trend_24h} over="in 24 hours" /> : null}
    </li>
  );
}

/** `told`: the state of the source that stands above the list already. */
export function ErrorList({ wish, told }: { wish: ErrorWish; told: string | undefined }) {
  const pages = useInfiniteQuery(errorPagesQuery(wish));
  if (pages.isPending) return <Loading what="the errors" />;
  if (pages.isError && pages.data === undefined) {
    const code = pages.error instanceof RefusedError ? pages.error.code : "";
    if (code === told) return <p className="py-4">The list comes back once that is mended.</p>;
    return (
      <ErrorCard
        error={pages.error}
        heading={failureHeading(code)}
        action={{ words: "Try again", onPress: () => void pages.refetch() }}
        busy={pages.isFetching}
      />
    );
  }
  const [newest] = pages.data.pages;
  if (newest === undefined) return null;
  const rows = pages.data.pages.flatMap((page) => page.events);
  const { total, source } = newest;
  const known = source.state === "ok";
  return (
    <div className="flex flex-col gap-4">
      {source.state === told ? null : <SourceNote source={source} />}
      {rows.length === 0 ? (
        <p className="py-4">{known ? "No error fits." : "In what we know until then, no error fits."}</p>
      ) : (
        <>
          <p className="text-small text-soft" role="status">
            {rows.length} of {total.toLocaleString("en-GB")} shown
          </p>
          <ul className="-mt-2 divide-y divide-line">
            {rows.map((error) => (
              <Row key={error.id} error={error} />
            ))}
          </ul>
        </>
      )}
      {pages.hasNextPage ? (
        <Button className="self-center" busy={pages.isFetchingNextPage && "Loading…"} onClick={() => void pages.fetchNextPage()}>
          Show more
        </Button>
      ) : null}
    </div>
  );
}
