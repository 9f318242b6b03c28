import { screen } from "@testing-library/react";
import { HttpResponse } from "msw";
import { describe, expect, it } from "vitest";

import type { BugReport } from "@/api/types";
import { madeError, madeErrorDetail, madeErrorPage } from "@/testing/made-errors";
import { answers, on, refusal } from "@/testing/server";
import { openStudio } from "@/testing/show-studio";

const REPORT: BugReport = {
  id: "bug_1",
  number: "3F9A-21C7",
  category: "assembly",
  severity: "critical",
  state: "new",
  error_code: "engine_broke",
  message: "The program that joins sounds stopped.",
  origin: "OSError at render.py:render",
  count: 3,
  first_at: "2026-03-01T12:00:00Z",
  last_at: "2026-03-02T12:00:00Z",
  request_id: "req-1",
  account_id: "acc_1",
  show_id: "sh_1",
  episode_id: "ep_1",
  operation_id: "op_1",
  context: { step: "assemble" },
};

const EVENTS = "/api/admin/feedback/sentry/events";

describe("reporting a problem", () => {
  it("shows what goes with the words before it sends exactly that, and says the number", async () => {
    const sent: Record<string, unknown>[] = [];
    on("post", "/api/bug-reports", async (request) => {
      sent.push((await request.json()) as Record<string, unknown>);
      return HttpResponse.json({ id: "bug_1", number: "3F9A-21C7" }, { status: 201 });
    });
    const { person } = openStudio("/problem?page=%2Fepisodes%2Fep_1&request=req-9");
    await person.click(await screen.findByRole("button", { name: "Send" }));
    expect(screen.getByText("Please write a few words about what happened.")).toBeVisible();
    expect(screen.getByText("/episodes/ep_1")).toBeVisible();
    expect(screen.getByText("req-9")).toBeVisible();
    expect(screen.getByText(navigator.userAgent)).toBeVisible();
    await person.type(screen.getByLabelText("What happened?"), "The button does nothing.");
    await person.click(screen.getByRole("button", { name: "Send" }));
    expect(await screen.findByText("3F9A-21C7")).toBeVisible();
    expect(sent).toHaveLength(1);
    expect(sent[0]).toMatchObject({ words: "The button does nothing.", page: "/episodes/ep_1", request_id: "req-9" });
    expect(Object.keys(sent[0]?.browser as object)).toEqual(["Browser", "Window", "Language", "Online", "Time zone"]);
  });
});

describe("the page of problems", () => {
  it("is for whoever runs this DoneCast", async () => {
    openStudio("/reports");
    expect(await screen.findByText("Only the person who runs this DoneCast can see this page.")).toBeVisible();
  });

  it("says how many wait, and leads to one, whose state is changed", async () => {
    on("get", "/api/admin/bug-reports", answers({ counts: { new: 1, resolved: 4 }, reports: [REPORT] }));
    const full = { report: REPORT, email: "ann@example.com", entries: [] };
    on("get", "/api/admin/bug-reports/bug_1", answers(full));
    on("get", EVENTS, answers(madeErrorPage([])));
    const changed: unknown[] = [];
    on("post", "/api/admin/bug-reports/bug_1/state", async (request) => {
      changed.push(await request.json());
      return HttpResponse.json({ ...REPORT, state: "resolved" });
    });
    const { person } = openStudio("/reports", { role: "admin" });
    expect(await screen.findByText("1 problem is waiting.")).toBeVisible();
    await person.click(screen.getByRole("link", { name: REPORT.message }));
    expect(await screen.findByText("ann@example.com")).toBeVisible();
    await person.selectOptions(screen.getByLabelText("How far"), "Mended");
    await person.type(screen.getByLabelText("Words"), "It works again.");
    await person.click(screen.getByRole("button", { name: "Save how far it is" }));
    expect(changed).toEqual([{ state: "resolved", words: "It works again." }]);
  });

  it("leads to the error that the same request met, and from there back", async () => {
    on("get", "/api/admin/bug-reports/bug_1", answers({ report: REPORT, email: null, entries: [] }));
    const asked: URLSearchParams[] = [];
    on("get", EVENTS, (request) => {
      asked.push(new URL(request.url).searchParams);
      return HttpResponse.json(madeErrorPage([madeError()]));
    });
    const match = { id: "bug_1", number: REPORT.number, state: "new", severity: "critical", message: REPORT.message };
    on("get", `${EVENTS}/41`, answers(madeErrorDetail({ bug_reports: [match] })));
    const { person, router } = openStudio("/reports/bug_1", { role: "admin" });
    await person.click(await screen.findByRole("link", { name: "See the error" }));
    expect(await screen.findByRole("heading", { level: 1, name: "ValueError: a bean is not green" })).toBeVisible();
    expect(router.state.location.pathname).toBe("/errors/41");
    expect([asked[0]?.get("request_id"), asked[0]?.get("status")]).toEqual(["req-1", "all"]);
    await person.click(screen.getByRole("link", { name: `Problem ${REPORT.number}` }));
    expect(await screen.findByRole("heading", { level: 1, name: `Problem ${REPORT.number}` })).toBeVisible();
  });

  it("says when it could not look for the error", async () => {
    on("get", "/api/admin/bug-reports/bug_1", answers({ report: REPORT, email: null, entries: [] }));
    on("get", EVENTS, () => refusal(503, { code: "sentry_token_dead" }));
    openStudio("/reports/bug_1", { role: "admin" });
    expect(await screen.findByText("Whether this request met an error could not be looked up.")).toBeVisible();
    expect(screen.queryByRole("link", { name: "See the error" })).toBeNull();
  });
});
