import { screen } from "@testing-library/react";
import { describe, expect, it } from "vitest";

import type { AutoOpsRun, AutoOpsRunRow } from "@/api/types";
import { answers, on, refusal } from "@/testing/server";
import { openStudio } from "@/testing/show-studio";

const ROW: AutoOpsRunRow = {
  run_id: "run_1",
  name: "breaker_open",
  subject: "gemini",
  first_line: "[donecast] ALERT breaker_open opened",
  severity: "high",
  state: "replied",
  disposition: "provider",
  repeats: 2,
  cost_microdollars: 30_000,
  received_at: "2026-03-01T12:00:00Z",
  cursor: "1796000001.000001",
};

const RUN: AutoOpsRun = {
  row: ROW,
  text: "gemini is left alone",
  evidence: [
    {
      version: 1,
      id: "breakers",
      source: "circuit breakers",
      question: "Which outside services are left alone?",
      excerpt: "gemini: open",
      sha256: "0",
      is_cut: false,
      redacted_count: 0,
      missing: "",
    },
    {
      version: 1,
      id: "logs",
      source: "log",
      question: "What does the log say?",
      excerpt: "",
      sha256: "0",
      is_cut: false,
      redacted_count: 0,
      missing: "No log file is named.",
    },
  ],
  analysis: null,
  rounds: [
    {
      proposal: { version: 1, kind: "code", plan: "Ask later.", diff: "+x", tests: [], risk: "low", rollback: "Revert.", confidence: 0.5 },
      validation: { version: 1, checks: [{ name: "fails_before", passed: false, said: "it passes without the change" }] },
      review: null,
    },
  ],
  not_checked: [],
  spent: {
    tool_calls: 3,
    tool_calls_max: 30,
    model_calls: 4,
    model_calls_max: 12,
    tokens: 9_000,
    tokens_max: 200_000,
    cost_microdollars: 30_000,
    cost_microdollars_max: 1_000_000,
    seconds: 12,
    seconds_max: 600,
  },
  reply: ["Outside service · high · likely", "What is wrong: gemini is left alone."],
  replied_at: "2026-03-01T12:01:00Z",
  error: "",
};

const RUNS = "/api/admin/auto-ops/runs";
const SETTINGS = "/api/admin/auto-ops/settings";

describe("the page of Auto-Ops", () => {
  it("is for whoever runs this DoneCast", async () => {
    openStudio("/auto-ops");
    expect(await screen.findByText("Only the person who runs this DoneCast can see this page.")).toBeVisible();
  });

  it("says in a sentence whether somebody is needed, and leads to a run", async () => {
    on("get", RUNS, answers({ runs: [{ ...ROW, state: "needs_human" }], next_cursor: null, is_set_up: true }));
    on("get", SETTINGS, answers({ settings: [{ name: "AUTO_OPS_SLACK_BOT_TOKEN", value: "(set)" }] }));
    on("get", `${RUNS}/run_1`, answers(RUN));
    const { person } = openStudio("/auto-ops", { role: "admin" });
    expect(await screen.findByText("One alert needs you.")).toBeVisible();
    expect(screen.getByText(/outside service · high/)).toHaveTextContent("told 2 times more · $0.03");
    expect(await screen.findByText("AUTO_OPS_SLACK_BOT_TOKEN")).toBeVisible();
    await person.click(screen.getByRole("link", { name: "Breaker open: gemini" }));
    expect(await screen.findByText("gemini: open")).toBeVisible();
    expect(screen.getByText("No log file is named.")).toBeVisible();
    expect(screen.getByText("stopped at fails before: it passes without the change")).toBeVisible();
    expect(screen.getByText(/4 of 12 calls of a model, 3 of 30 questions, 9,000 of 200,000 tokens, \$0.03 of \$1.00/)).toBeVisible();
    expect(screen.getByText("What is wrong: gemini is left alone.")).toBeVisible();
  });

  it("says that alerts wait", async () => {
    on("get", RUNS, answers({ runs: [{ ...ROW, state: "seen", run_id: "" }], next_cursor: null, is_set_up: true }));
    on("get", SETTINGS, answers({ settings: [] }));
    openStudio("/auto-ops", { role: "admin" });
    expect(await screen.findByText("One alert is being looked into.")).toBeVisible();
  });

  it("says of a run that failed what follows from it", async () => {
    const row: AutoOpsRunRow = { ...ROW, state: "failed_final", disposition: "" };
    on("get", `${RUNS}/run_1`, answers({ ...RUN, row, reply: [], replied_at: null }));
    openStudio("/auto-ops/run_1", { role: "admin" });
    expect(await screen.findByText("It failed, so a person is needed.")).toBeVisible();
  });

  it("says when nothing is set up, and when the list cannot be loaded", async () => {
    on("get", RUNS, answers({ runs: [], next_cursor: null, is_set_up: false }));
    on("get", SETTINGS, () => refusal(503));
    openStudio("/auto-ops", { role: "admin" });
    expect(await screen.findByText("Auto-Ops is not set up.")).toBeVisible();
    expect(await screen.findByText("We could not load the settings.")).toBeVisible();
  });
});
