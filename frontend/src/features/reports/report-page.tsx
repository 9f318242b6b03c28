/** One problem: what it is, whom it hit, what happened to it; how far it is, and notes. */
import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { Bug } from "lucide-react";
import { useState } from "react";

import { errorOfRequestQuery } from "@/api/feedback";
import { reportQuery, useChangeReport, useNoteOnReport } from "@/api/reports";
import type { BugReport, BugReportInFull } from "@/api/types";
import { dayAndTime } from "@/shared/lib/format-time";
import { Button, buttonLook } from "@/shared/ui/button";
import { ErrorCard } from "@/shared/ui/error-card";
import { SelectField, TextArea } from "@/shared/ui/field";
import { ForAdmins } from "@/shared/ui/for-admins";
import { Card, Loading, Page } from "@/shared/ui/page";

import { Facts } from "./facts";
import { capital, CATEGORIES, SEVERITIES, STATES } from "./report-words";

const ENTRY_WORDS: Record<string, string> = { seen: "Seen", state: "State", note: "Note" };

function factsOf({ report, email }: BugReportInFull): Record<string, string> {
  const known: Record<string, string | null> = {
    Number: report.number,
    Severity: SEVERITIES[report.severity],
    Kind: CATEGORIES[report.category],
    Error: report.error_code,
    "Arose in": report.origin || null,
    "Times seen": String(report.count),
    "First seen": dayAndTime(report.first_at),
    "Last seen": dayAndTime(report.last_at),
    Person: email,
    Request: report.request_id,
    Show: report.show_id,
    Episode: report.episode_id,
    Work: report.operation_id,
    ...Object.fromEntries(Object.entries(report.context).map(([name, value]) => [capital(name), value])),
  };
  return Object.fromEntries(Object.entries(known).filter((pair): pair is [string, string] => Boolean(pair[1])));
}

/** The way to the error that the same request met, where there is one. */
function ErrorLink({ requestId }: { requestId: string | null }) {
  const met = useQuery(errorOfRequestQuery(requestId));
  if (met.isError) return <p className="text-small text-soft">Whether this request met an error could not be looked up.</p>;
  if (!met.data) return null;
  return (
    <Link to="/errors/$errorId" params={{ errorId: met.data.issue_id }} className={buttonLook("plain", "self-start")}>
      <Bug aria-hidden className="size-5 shrink-0" />
      See the error
    </Link>
  );
}

function Acts({ report }: { report: BugReport }) {
  const [state, setState] = useState(report.state);
  const [words, setWords] = useState("");
  const change = useChangeReport(report.id);
  const note = useNoteOnReport(report.id);
  const done = { onSuccess: () => setWords("") };
  return (
    <Card className="flex flex-col gap-4">
      <h2 className="text-heading">What becomes of it</h2>
      <SelectField label="How far" value={state} onChange={(event) => setState(event.target.value as BugReport["state"])}>
        {Object.entries(STATES).map(([one, name]) => (
          <option key={one} value={one}>
            {name}
          </option>
        ))}
      </SelectField>
      <TextArea
        label="Words"
        help="Who told of it by hand reads them when it is mended."
        rows={3}
        maxLength={2000}
        value={words}
        onChange={(event) => setWords(event.target.value)}
      />
      {change.isError ? <ErrorCard error={change.error} heading="We could not save this." /> : null}
      {note.isError ? <ErrorCard error={note.error} heading="We could not save the note." /> : null}
      <div className="flex flex-wrap gap-3">
        <Button
          weight="main"
          disabled={state === report.state}
          busy={change.isPending && "Saving…"}
          onClick={() => change.mutate({ state, words }, done)}
        >
          Save how far it is
        </Button>
        <Button disabled={words.trim() === ""} busy={note.isPending && "Saving…"} onClick={() => note.mutate(words, done)}>
          Save the words as a note
        </Button>
      </div>
    </Card>
  );
}

function InFull({ found }: { found: BugReportInFull }) {
  return (
    <div className="flex flex-col gap-6">
      <Card className="flex flex-col gap-4">
        <p className="text-large font-semibold break-words whitespace-pre-wrap">{found.report.message}</p>
        <Facts facts={factsOf(found)} />
        <ErrorLink requestId={found.report.request_id} />
      </Card>
      <Acts key={found.report.state} report={found.report} />
      <Card className="flex flex-col gap-3">
        <h2 className="text-heading">What happened to it</h2>
        <ol className="flex flex-col gap-2">
          {found.entries.map((entry, place) => (
            <li key={place} className="break-words">
              <span className="text-small text-soft">{dayAndTime(entry.at)} · </span>
              {ENTRY_WORDS[entry.kind] ?? entry.kind}
              {entry.text ? `: ${entry.text}` : null}
              {entry.request_id ? <span className="text-small text-soft"> · request {entry.request_id}</span> : null}
            </li>
          ))}
        </ol>
      </Card>
    </div>
  );
}

function Report() {
  const { reportId } = useParams({ from: "/desk/reports/$reportId" });
  const found = useQuery(reportQuery(reportId));
  const back = (
    <Link to="/reports" className="underline underline-offset-4">
      Problems
    </Link>
  );
  return (
    <Page title={found.data === undefined ? "Problem" : `Problem ${found.data.report.number}`} above={back}>
      {found.isPending ? <Loading what="the problem" /> : null}
      {found.isError ? <ErrorCard error={found.error} heading="We could not load this problem." /> : null}
      {found.data === undefined ? null : <InFull found={found.data} />}
    </Page>
  );
}

export function ReportPage() {
  return (
    <ForAdmins title="Problems">
      <Report />
    </ForAdmins>
  );
}
