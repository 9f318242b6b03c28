/** What Auto-Ops has looked into, for whoever runs this DoneCast: one sentence first, then the list and the settings. */
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";

import { autoOpsSettingsQuery, runPagesQuery } from "@/api/auto-ops";
import type { AutoOpsRunRow } from "@/api/types";
import { shortMoment } from "@/shared/lib/format-time";
import { Button } from "@/shared/ui/button";
import { ErrorCard } from "@/shared/ui/error-card";
import { ForAdmins } from "@/shared/ui/for-admins";
import { Card, Loading, Page } from "@/shared/ui/page";

import { RunDetail } from "./run-detail";
import { dispositionWords, dollars, headline, repeatWords, stateWords, title } from "./run-words";

function Row({ run }: { run: AutoOpsRunRow }) {
  return (
    <li className="flex flex-col items-start gap-1 py-4">
      {run.run_id === "" ? (
        <span className="font-semibold break-words">{title(run)}</span>
      ) : (
        <Link
          to="/auto-ops/$runId"
          params={{ runId: run.run_id }}
          className="min-h-11 content-center font-semibold break-words underline decoration-line underline-offset-4 hover:decoration-ink"
        >
          {title(run)}
        </Link>
      )}
      <p className="text-small break-words text-soft">
        {stateWords(run.state)}
        {run.disposition === "" ? "" : ` · ${dispositionWords(run.disposition)}`} · {run.severity} · {shortMoment(run.received_at)}
        {repeatWords(run.repeats)} · {dollars(run.cost_microdollars)}
      </p>
    </li>
  );
}

function Runs() {
  const pages = useInfiniteQuery(runPagesQuery);
  if (pages.isPending) return <Loading what="the alerts" />;
  if (pages.isError && pages.data === undefined) {
    return (
      <ErrorCard
        error={pages.error}
        heading="We could not load the alerts."
        action={{ words: "Try again", onPress: () => void pages.refetch() }}
        busy={pages.isFetching}
      />
    );
  }
  const runs = pages.data.pages.flatMap((page) => page.runs);
  const isSetUp = pages.data.pages.some((page) => page.is_set_up);
  return (
    <div className="flex flex-col gap-4">
      <p className="text-large font-semibold" role="status">
        {headline(runs, isSetUp)}
      </p>
      {isSetUp ? null : <p>docs/hosting/auto-ops.md says how it is set up. Where it runs elsewhere, this page shows it all the same.</p>}
      <ul className="divide-y divide-line">
        {runs.map((run) => (
          <Row key={run.cursor} run={run} />
        ))}
      </ul>
      {pages.hasNextPage ? (
        <Button className="self-center" busy={pages.isFetchingNextPage && "Loading…"} onClick={() => void pages.fetchNextPage()}>
          Show more
        </Button>
      ) : null}
    </div>
  );
}

function Settings() {
  const settings = useQuery(autoOpsSettingsQuery);
  if (settings.isPending) return <Loading what="the settings" />;
  if (settings.isError) return <ErrorCard error={settings.error} heading="We could not load the settings." />;
  return (
    <dl className="grid gap-x-6 gap-y-2 text-small sm:grid-cols-[auto_1fr]">
      {settings.data.settings.map(({ name, value }) => (
        <div key={name} className="contents">
          <dt className="font-semibold break-all">{name}</dt>
          <dd className="break-all text-soft">{value === "" ? "(empty)" : value}</dd>
        </div>
      ))}
    </dl>
  );
}

export function AutoOpsPage() {
  return (
    <ForAdmins title="Auto-Ops">
      <Page title="Auto-Ops">
        <div className="flex flex-col gap-6">
          <Card>
            <Runs />
          </Card>
          <Card className="flex flex-col gap-4">
            <h2 className="text-heading">How it is set up</h2>
            <Settings />
          </Card>
        </div>
      </Page>
    </ForAdmins>
  );
}

export function AutoOpsRunPage() {
  const { runId } = useParams({ from: "/desk/auto-ops/$runId" });
  return (
    <ForAdmins title="Auto-Ops">
      <RunDetail key={runId} runId={runId} />
    </ForAdmins>
  );
}
