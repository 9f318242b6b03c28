/** What went wrong lately, for whoever runs this DoneCast: one sentence first, then figures, search and the list. */
import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { RefreshCw } from "lucide-react";
import { useState } from "react";

import { errorStatsQuery, type ErrorWish, useRefreshErrors } from "@/api/feedback";
import { RefusedError } from "@/api/errors";
import { Button } from "@/shared/ui/button";
import { ErrorCard } from "@/shared/ui/error-card";
import { ForAdmins } from "@/shared/ui/for-admins";
import { Card, Loading, Page } from "@/shared/ui/page";

import { ErrorDetail } from "./error-detail";
import { ErrorList } from "./error-list";
import { failureHeading, headline, sourceWords } from "./error-words";
import { Figures } from "./figures";
import { EVERYTHING, Filters } from "./filters";
import { SourceNote } from "./source-note";

function Overview() {
  const stats = useQuery(errorStatsQuery);
  const refresh = useRefreshErrors();
  const [wish, setWish] = useState<ErrorWish>(EVERYTHING);
  const code = stats.error instanceof RefusedError ? stats.error.code : "";
  return (
    <Page title="Errors" beside={stats.data === undefined ? null : sourceWords(stats.data.source)}>
      <div className="flex flex-col gap-6">
        <Card className="flex flex-col gap-4">
          {stats.isPending ? <Loading what="the figures" /> : null}
          {stats.isError && stats.data === undefined ? (
            <ErrorCard error={stats.error} heading={failureHeading(code)} />
          ) : null}
          {stats.data === undefined ? null : (
            <>
              <p className="text-large font-semibold" role="status">
                {headline(stats.data)}
              </p>
              <SourceNote source={stats.data.source} />
              <Figures stats={stats.data} />
            </>
          )}
          <Button className="self-start" icon={RefreshCw} busy={refresh.isPending && "Asking…"} onClick={() => refresh.mutate()}>
            Look again now
          </Button>
        </Card>
        <Card className="flex flex-col gap-6">
          <h2 className="text-heading">All errors</h2>
          <Filters key={wish === EVERYTHING ? "everything" : "some"} wish={wish} onChange={setWish} />
          <ErrorList wish={wish} told={stats.data?.source.state} />
        </Card>
      </div>
    </Page>
  );
}

export function ErrorsPage() {
  return (
    <ForAdmins title="Errors">
      <Overview />
    </ForAdmins>
  );
}

export function ErrorPage() {
  const { errorId } = useParams({ from: "/desk/errors/$errorId" });
  return (
    <ForAdmins title="Errors">
      <ErrorDetail key={errorId} issueId={errorId} />
    </ForAdmins>
  );
}
