/** One error: what it is, how often, what to do about it, and its last ten times. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { ArrowLeft, ExternalLink } from "lucide-react";

import { errorDetailQuery } from "@/api/feedback";
import { RefusedError } from "@/api/errors";
import type { ErrorDetail as Detail } from "@/api/types";
import { dayAndTime } from "@/shared/lib/format-time";
import { buttonLook } from "@/shared/ui/button";
import { ErrorCard } from "@/shared/ui/error-card";
import { Card, Loading, Page } from "@/shared/ui/page";
import { TrendBars } from "@/shared/ui/trend-bars";

import { Actions } from "./actions";
import { failureHeading, people, STATUS_WORDS, times } from "./error-words";
import { EventList } from "./event-list";
import { LevelLabel } from "./level-label";
import { SourceNote } from "./source-note";

function Trend({ counts, over, words }: { counts: readonly number[]; over: string; words: string }) {
  if (counts.length === 0) return null;
  return (
    <figure>
      <TrendBars counts={counts} over={over} className="h-14 w-full" />
      <figcaption className="text-small text-soft">{words}</figcaption>
    </figure>
  );
}

function Shown({ detail: { issue, events, source, bug_reports: reports } }: { detail: Detail }) {
  return (
    <div className="flex flex-col gap-6">
      <SourceNote source={source} />
      <Card className="flex flex-col gap-4">
        <div className="flex flex-wrap items-center gap-3">
          <LevelLabel level={issue.level} />
          <span className="font-semibold">{STATUS_WORDS[issue.status]}</span>
          {issue.assigned_to ? <span className="text-soft">{issue.assigned_to} is at it</span> : null}
        </div>
        <p>
          It happened {times(issue.event_count)} to {people(issue.user_count)}: first {dayAndTime(issue.first_seen)}, last{" "}
          {dayAndTime(issue.last_seen)}.
        </p>
        {issue.culprit ? <p className="text-small break-all text-soft">{issue.culprit}</p> : null}
        <div className="grid gap-6 sm:grid-cols-2">
          <Trend counts={issue.trend_24h} over="in the last 24 hours" words="Each hour of the last 24" />
          <Trend counts={issue.trend_14d} over="in the last 14 days" words="Each of the last 14 days" />
        </div>
        {issue.url ? (
          <a href={issue.url} target="_blank" rel="noopener noreferrer" className={buttonLook("plain", "self-start")}>
            <ExternalLink aria-hidden className="size-5" />
            Open it in Sentry
          </a>
        ) : null}
      </Card>
      <Card className="flex flex-col gap-4">
        <h2 className="text-heading">What to do about it</h2>
        <Actions key={`${issue.status} ${issue.assigned_to}`} error={issue} source={source} />
      </Card>
      {reports.length > 0 ? (
        <Card className="flex flex-col gap-2">
          <h2 className="text-heading">Reported as a problem</h2>
          <ul className="divide-y divide-line">
            {reports.map((report) => (
              <li key={report.id} className="py-3 break-words">
                <Link
                  to="/reports/$reportId"
                  params={{ reportId: report.id }}
                  className="inline-flex min-h-11 items-center font-semibold text-pine underline underline-offset-4"
                >
                  Problem {report.number}
                </Link>
                <p className="text-small text-soft">
                  {report.severity}, {report.state.replaceAll("_", " ")}
                </p>
                <p>{report.message}</p>
              </li>
            ))}
          </ul>
        </Card>
      ) : null}
      <Card className="flex flex-col gap-2">
        <h2 className="text-heading">The last times</h2>
        {events === null ? (
          <p>The single times stand in Sentry alone, which does not answer just now.</p>
        ) : (
          <EventList events={events} />
        )}
      </Card>
    </div>
  );
}

export function ErrorDetail({ issueId }: { issueId: string }) {
  const detail = useQuery(errorDetailQuery(issueId));
  const code = detail.error instanceof RefusedError ? detail.error.code : "";
  return (
    <Page
      title={detail.data?.issue.title ?? "An error"}
      above={
        <Link to="/errors" className="inline-flex min-h-11 items-center gap-1.5 text-pine">
          <ArrowLeft aria-hidden className="size-5" />
          All errors
        </Link>
      }
    >
      {detail.isPending ? <Loading what="this error" /> : null}
      {detail.isError && detail.data === undefined ? (
        <ErrorCard
          error={detail.error}
          heading={code === "no_such_error" ? "This error is gone." : failureHeading(code)}
          action={{ words: "Try again", onPress: () => void detail.refetch() }}
          busy={detail.isFetching}
        />
      ) : null}
      {detail.data === undefined ? null : <Shown detail={detail.data} />}
    </Page>
  );
}
