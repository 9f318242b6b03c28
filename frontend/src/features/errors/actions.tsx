/** What can be done about an error; each is asked once more before it is done, and stands in the audit log. */
import { useState } from "react";

import { useChangeError } from "@/api/feedback";
import type { ErrorChange, ErrorRow, ErrorSource } from "@/api/types";
import { Button } from "@/shared/ui/button";
import { ErrorCard } from "@/shared/ui/error-card";
import { TextField } from "@/shared/ui/field";

interface Act {
  words: string;
  question: string;
  change: ErrorChange;
}

const RESOLVE: Act = {
  words: "Resolve",
  question: "Say that this error is mended? It comes back by itself if it happens again.",
  change: { status: "resolved" },
};
const IGNORE_A_DAY: Act = {
  words: "Ignore for a day",
  question: "Hear nothing of this error for a day?",
  change: { status: "ignored", ignore_hours: 24 },
};
const IGNORE: Act = {
  words: "Ignore for good",
  question: "Never hear of this error again, however often it happens?",
  change: { status: "ignored" },
};
const REOPEN: Act = { words: "Open again", question: "Put this error back on the list?", change: { status: "unresolved" } };

export function Actions({ error, source }: { error: ErrorRow; source: ErrorSource }) {
  const change = useChangeError(error.issue_id);
  const [asked, setAsked] = useState<Act | null>(null);
  const [assignee, setAssignee] = useState(error.assigned_to);
  const ours = source.kind === "own";
  if (source.read_only) {
    return (
      <p className="text-soft">
        Errors can only be read here. To resolve, ignore or assign them, set SENTRY_WRITE_TOKEN, or do it in Sentry.
      </p>
    );
  }
  const acts = error.status === "unresolved" ? [RESOLVE, ...(ours ? [] : [IGNORE_A_DAY]), IGNORE] : [REOPEN];
  const assign: Act = {
    words: "Assign",
    question: assignee.trim() === "" ? "Take this error off everybody’s desk?" : `Put this error on the desk of ${assignee.trim()}?`,
    change: { assigned_to: assignee.trim() },
  };
  const ask = (act: Act) => {
    change.reset();
    setAsked(act);
  };
  return (
    <div className="flex flex-col gap-4">
      <div className="flex flex-wrap gap-2">
        {acts.map((act) => (
          <Button key={act.words} weight={act === RESOLVE ? "main" : "plain"} onClick={() => ask(act)}>
            {act.words}
          </Button>
        ))}
      </div>
      <form
        className="grid max-w-xl items-end gap-2 sm:grid-cols-[minmax(0,1fr)_auto]"
        onSubmit={(event) => {
          event.preventDefault();
          ask(assign);
        }}
      >
        <TextField
          label="Who is at it"
          help={`An e-mail address ${ours ? "with an account here" : "that Sentry knows"}; empty for nobody.`}
          type="email"
          maxLength={254}
          value={assignee}
          onChange={({ target }) => setAssignee(target.value)}
        />
        <Button type="submit">Assign</Button>
      </form>
      {asked === null ? null : (
        <div role="group" aria-label="Are you sure?" className="flex flex-col gap-3 rounded-card border border-edge p-4">
          <p className="font-semibold">{asked.question}</p>
          <div className="flex flex-wrap gap-2">
            <Button
              weight="main"
              autoFocus
              busy={change.isPending && "One moment…"}
              onClick={() => change.mutate(asked.change, { onSuccess: () => setAsked(null) })}
            >
              Yes, {asked.words.toLowerCase()}
            </Button>
            <Button onClick={() => setAsked(null)}>Leave it</Button>
          </div>
        </div>
      )}
      {change.isError ? <ErrorCard error={change.error} heading="Nothing was changed." /> : null}
      {change.isSuccess ? <p role="status">Done. It stands under “Done by hand” on the page Monitoring.</p> : null}
    </div>
  );
}
