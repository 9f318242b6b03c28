/** One run: what it said, what it saw, what was tried, and what it took. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { ArrowLeft } from "lucide-react";

import { runQuery } from "@/api/auto-ops";
import type { AutoOpsRound, AutoOpsRun, AutoOpsSpent } from "@/api/types";
import { dayAndTime } from "@/shared/lib/format-time";
import { ErrorCard } from "@/shared/ui/error-card";
import { Card, Loading, Page } from "@/shared/ui/page";

import { dollars, stateSentence, title } from "./run-words";

/** Text from elsewhere, as it came. Where it is long it scrolls by itself, so the keyboard reaches it. */
function Quoted({ label, text }: { label: string; text: string }) {
  return (
    <section
      tabIndex={0}
      aria-label={label}
      className="max-h-80 overflow-auto rounded-control bg-well p-3 font-mono text-small whitespace-pre-wrap break-words"
    >
      {text}
    </section>
  );
}

function Round({ round: { proposal, validation, review }, number }: { round: AutoOpsRound; number: number }) {
  return (
    <li className="flex flex-col gap-2 py-3">
      <p className="font-semibold">Round {number}</p>
      <p className="break-words">{proposal.plan}</p>
      <ul>
        {validation.checks.map((check) => (
          <li key={check.name} className="text-small break-words">
            {check.passed ? "passed" : "stopped at"} {check.name.replaceAll("_", " ")}
            {check.passed || check.said === "" ? "" : `: ${check.said}`}
          </li>
        ))}
      </ul>
      {review === null ? null : (
        <p className="text-small break-words">
          The reviewer {review.approved ? "approves" : "does not approve"}
          {review.findings?.length ? `: ${review.findings.join(" ")}` : "."}
        </p>
      )}
      {proposal.diff ? <Quoted label={`The change of round ${number}`} text={proposal.diff} /> : null}
    </li>
  );
}

function Spent({ spent }: { spent: AutoOpsSpent }) {
  return (
    <p>
      {spent.model_calls} of {spent.model_calls_max} calls of a model, {spent.tool_calls} of {spent.tool_calls_max} questions,{" "}
      {spent.tokens.toLocaleString("en-GB")} of {spent.tokens_max.toLocaleString("en-GB")} tokens, {dollars(spent.cost_microdollars)} of{" "}
      {dollars(spent.cost_microdollars_max)}, {spent.seconds} of {spent.seconds_max} seconds.
    </p>
  );
}

function Shown({ run }: { run: AutoOpsRun }) {
  return (
    <div className="flex flex-col gap-6">
      <Card className="flex flex-col gap-3">
        <p className="text-large font-semibold" role="status">
          {run.replied_at ? `It was answered ${dayAndTime(run.replied_at)}.` : stateSentence(run.row.state)}
        </p>
        {run.error === "" ? null : <p className="break-words">{run.error}</p>}
        {run.reply.map((paragraph) => (
          <p key={paragraph} className="whitespace-pre-wrap break-words">
            {paragraph}
          </p>
        ))}
      </Card>
      <Card className="flex flex-col gap-3">
        <h2 className="text-heading">The alert</h2>
        <Quoted label="What the alert says" text={run.text} />
      </Card>
      <Card className="flex flex-col gap-3">
        <h2 className="text-heading">What was looked at</h2>
        <ul className="divide-y divide-line">
          {run.evidence.map((one) => (
            <li key={one.id} className="flex flex-col gap-2 py-3">
              <p className="font-semibold">{one.question}</p>
              {one.missing ? <p className="text-soft">{one.missing}</p> : <Quoted label={`Answer: ${one.question}`} text={one.excerpt} />}
            </li>
          ))}
        </ul>
      </Card>
      {run.rounds.length === 0 ? null : (
        <Card className="flex flex-col gap-3">
          <h2 className="text-heading">What was tried</h2>
          <ol className="divide-y divide-line">
            {run.rounds.map((round, place) => (
              <Round key={place} round={round} number={place + 1} />
            ))}
          </ol>
        </Card>
      )}
      <Card className="flex flex-col gap-3">
        <h2 className="text-heading">What it took</h2>
        <Spent spent={run.spent} />
        {run.not_checked.length === 0 ? null : <p>Not checked: {run.not_checked.join("; ")}.</p>}
      </Card>
    </div>
  );
}

export function RunDetail({ runId }: { runId: string }) {
  const run = useQuery(runQuery(runId));
  const back = (
    <Link to="/auto-ops" className="inline-flex min-h-11 items-center gap-2 underline underline-offset-4">
      <ArrowLeft aria-hidden className="size-5" />
      All alerts
    </Link>
  );
  return (
    <Page title={run.data === undefined ? "Auto-Ops" : title(run.data.row)} above={back}>
      {run.isPending ? <Loading what="the run" /> : null}
      {run.isError ? <ErrorCard error={run.error} heading="We could not load this run." /> : null}
      {run.data === undefined ? null : <Shown run={run.data} />}
    </Page>
  );
}
