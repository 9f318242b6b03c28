/** "Report a problem": a person's own words, and what goes with them, all of it shown before it is sent. */
import { useSearch } from "@tanstack/react-router";
import { Send } from "lucide-react";
import { type FormEvent, useState } from "react";

import { useTellOfProblem } from "@/api/reports";
import { Button } from "@/shared/ui/button";
import { ErrorCard } from "@/shared/ui/error-card";
import { TextArea } from "@/shared/ui/field";
import { Card, Page } from "@/shared/ui/page";

import { Facts } from "./facts";

const WORDS_MAX = 5000;

function browserFacts(): Record<string, string> {
  return {
    Browser: navigator.userAgent.slice(0, 500),
    Window: `${innerWidth} x ${innerHeight}`,
    Language: navigator.language,
    Online: navigator.onLine ? "yes" : "no",
    "Time zone": Intl.DateTimeFormat().resolvedOptions().timeZone,
  };
}

export function ProblemPage() {
  const { page = "", request } = useSearch({ from: "/desk/problem" });
  const [words, setWords] = useState("");
  const [browser] = useState(browserFacts);
  const [fault, setFault] = useState<string>();
  const tell = useTellOfProblem();

  const send = (event: FormEvent) => {
    event.preventDefault();
    setFault(words.trim() === "" ? "Please write a few words about what happened." : undefined);
    if (words.trim() !== "") tell.mutate({ words, page, browser, request_id: request ?? null, episode_id: null });
  };

  if (tell.isSuccess) {
    return (
      <Page title="Thank you for telling us">
        <Card>
          <p role="status">
            We have it. If you write to us about it, mention the number <strong>{tell.data.number}</strong>.
          </p>
        </Card>
      </Page>
    );
  }
  return (
    <Page title="Report a problem">
      <form onSubmit={send} className="flex flex-col gap-6" noValidate>
        <Card className="flex flex-col gap-6">
          <TextArea
            label="What happened?"
            help="In your own words: what you did, and what you expected instead."
            fault={fault}
            value={words}
            maxLength={WORDS_MAX}
            onChange={(event) => setWords(event.target.value)}
          />
          {tell.isError ? <ErrorCard error={tell.error} heading="We could not send this." kept="Your words are still here." /> : null}
          <Button type="submit" weight="main" icon={Send} className="self-start" busy={tell.isPending && "Sending…"}>
            Send
          </Button>
        </Card>
        <Card className="flex flex-col gap-3">
          <h2 className="text-heading">This goes with it, and nothing else</h2>
          <Facts
            facts={{ ...(page === "" ? {} : { Page: page }), ...(request === undefined ? {} : { Request: request }), ...browser }}
          />
        </Card>
      </form>
    </Page>
  );
}
