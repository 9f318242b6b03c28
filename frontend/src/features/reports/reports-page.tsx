/** Problems that people met or told of, for whoever runs this DoneCast: one sentence first, then search and the list. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";

import { reportsQuery, type ReportWish } from "@/api/reports";
import type { BugReport } from "@/api/types";
import { shortMoment } from "@/shared/lib/format-time";
import { ErrorCard } from "@/shared/ui/error-card";
import { SelectField, TextField } from "@/shared/ui/field";
import { ForAdmins } from "@/shared/ui/for-admins";
import { Card, Loading, Page } from "@/shared/ui/page";

import { CATEGORIES, headline, SEVERITIES, STATES } from "./report-words";

function Row({ report }: { report: BugReport }) {
  return (
    <li className="border-t border-line py-3 first:border-t-0">
      <Link
        to="/reports/$reportId"
        params={{ reportId: report.id }}
        className="inline-flex min-h-11 items-center font-semibold break-words text-pine underline underline-offset-4"
      >
        {report.message.slice(0, 160)}
      </Link>
      <p className="text-small text-soft">
        {SEVERITIES[report.severity]} · {CATEGORIES[report.category]} · {STATES[report.state]} · {report.count}× · last{" "}
        {shortMoment(report.last_at)} · {report.number}
      </p>
    </li>
  );
}

function Reports() {
  const [wish, setWish] = useState<ReportWish>({ state: "", severity: "", search: "" });
  const found = useQuery(reportsQuery(wish));
  return (
    <Page title="Problems">
      <div className="flex flex-col gap-6">
        {found.data === undefined ? null : (
          <p className="text-large font-semibold" role="status">
            {headline(found.data.counts)}
          </p>
        )}
        <Card className="flex flex-col gap-6">
          <div className="grid gap-4 md:grid-cols-3">
            <TextField
              label="Search"
              help="Words, a number that somebody quotes, or a request id"
              value={wish.search}
              maxLength={200}
              onChange={(event) => setWish({ ...wish, search: event.target.value })}
            />
            <SelectField
              label="How far"
              help="What has become of it"
              value={wish.state}
              onChange={(event) => setWish({ ...wish, state: event.target.value as ReportWish["state"] })}
            >
              <option value="">All</option>
              {Object.entries(STATES).map(([state, words]) => (
                <option key={state} value={state}>
                  {words}
                </option>
              ))}
            </SelectField>
            <SelectField
              label="How bad"
              help="For whoever meets it"
              value={wish.severity}
              onChange={(event) => setWish({ ...wish, severity: event.target.value as ReportWish["severity"] })}
            >
              <option value="">All</option>
              {Object.entries(SEVERITIES).map(([severity, words]) => (
                <option key={severity} value={severity}>
                  {words}
                </option>
              ))}
            </SelectField>
          </div>
          {found.isPending ? <Loading what="the problems" /> : null}
          {found.isError ? <ErrorCard error={found.error} heading="We could not load the problems." /> : null}
          {found.data?.reports.length === 0 ? <p>Nothing fits.</p> : null}
          <ul>{found.data?.reports.map((report) => <Row key={report.id} report={report} />)}</ul>
        </Card>
      </div>
    </Page>
  );
}

export function ReportsPage() {
  return (
    <ForAdmins title="Problems">
      <Reports />
    </ForAdmins>
  );
}
