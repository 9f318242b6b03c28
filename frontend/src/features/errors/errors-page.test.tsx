import { screen, waitFor, within } from "@testing-library/react";
import { HttpResponse } from "msw";
import { describe, expect, it } from "vitest";

import {
  madeError,
  madeErrorDetail,
  madeErrorPage,
  madeErrorStats,
  madeErrorTrend,
  madeSource,
  TOKEN_DEAD,
} from "@/testing/made-errors";
import { answers, on, refusal } from "@/testing/server";
import { openStudio } from "@/testing/show-studio";

const EVENTS = "/api/admin/feedback/sentry/events";
const STATS = "/api/admin/feedback/sentry/stats";
const open = (path = "/errors") => openStudio(path, { role: "admin" });

function told(stats = madeErrorStats()) {
  on("get", STATS, answers(stats));
  on("get", "/api/admin/feedback/sentry/trend", answers(madeErrorTrend()));
}

describe("the error page", () => {
  it("is for whoever runs this DoneCast, and nobody else asks for it", async () => {
    openStudio("/errors");
    expect(await screen.findByText("Only the person who runs this DoneCast can see this page.")).toBeVisible();
  });

  it("says first how many wait, and shows them page by page", async () => {
    told();
    const asked: URLSearchParams[] = [];
    on("get", EVENTS, (request) => {
      const query = new URL(request.url).searchParams;
      asked.push(query);
      return HttpResponse.json(
        query.get("cursor") === "c1"
          ? madeErrorPage([madeError({ id: "42", issue_id: "42", title: "The second" })], { total: 2 })
          : madeErrorPage([madeError()], { total: 2, next_cursor: "c1" }),
      );
    });
    const { person } = open();
    expect(await screen.findByText("3 errors are waiting, 2 of them critical.")).toBeVisible();
    expect(await screen.findByText("1 of 2 shown")).toBeVisible();
    await person.click(screen.getByRole("button", { name: "Show more" }));
    expect(await screen.findByRole("link", { name: "The second" })).toBeVisible();
    expect(asked[0]?.get("status")).toBe("unresolved");
  });

  it("looks for an id, and takes the search back", async () => {
    told();
    const asked: string[] = [];
    on("get", EVENTS, (request) => {
      asked.push(new URL(request.url).searchParams.get("request_id") ?? "");
      return HttpResponse.json(madeErrorPage([]));
    });
    const { person } = open();
    await person.selectOptions(await screen.findByLabelText("Look for"), "Request id");
    await person.type(screen.getByLabelText("What it says"), "req-77");
    await person.click(screen.getByRole("button", { name: "Search" }));
    expect(await screen.findByText("No error fits.")).toBeVisible();
    await waitFor(() => expect(asked.at(-1)).toBe("req-77"));
    await person.click(screen.getByRole("button", { name: "Show everything of the last 24 hours" }));
    await waitFor(() => expect(screen.getByLabelText("What it says")).toHaveValue(""));
  });

  it("never says that there are no errors when it was not told so", async () => {
    told(madeErrorStats({ total_unresolved: 0, critical_errors: 0, api_available: false, source: madeSource(TOKEN_DEAD) }));
    on("get", EVENTS, answers(madeErrorPage([], { source: madeSource(TOKEN_DEAD) })));
    open();
    expect(await screen.findByText(/^We do not know what happened since .* Until then: No errors are waiting\.$/)).toBeVisible();
    expect(await screen.findByText("Sentry does not accept our token any more.")).toBeVisible();
    expect(screen.getByText("In what we know until then, no error fits.")).toBeVisible();
    expect(screen.queryByText("No errors are waiting.")).toBeNull();
  });

  it("says a sentence that is heading and message alike only once", async () => {
    const source = madeSource({ state: "sentry_unreachable", message: "We cannot reach Sentry.", action: "We ask again." });
    told(madeErrorStats({ api_available: false, source }));
    on("get", EVENTS, answers(madeErrorPage([], { source })));
    open();
    expect(await screen.findByText("In what we know until then, no error fits.")).toBeVisible();
    expect(screen.getByText("We cannot reach Sentry.")).toBeVisible();
    expect(screen.getByText("We ask again.")).toBeVisible();
  });

  it.each([
    ["sentry_token_dead", "Sentry does not accept our token any more."],
    ["sentry_scope_missing", "Our token may not read errors in Sentry."],
    ["sentry_not_found", "Sentry does not know our organisation."],
    ["sentry_rate_limited", "Sentry asks us to slow down."],
    ["sentry_answer_bad", "What answers is not Sentry."],
  ])("calls %s by its name where nothing was ever told", async (code, heading) => {
    told(
      madeErrorStats({
        total_unresolved: null,
        critical_errors: null,
        warnings: null,
        most_recent: null,
        api_available: false,
        source: madeSource({ state: code, as_of: null }),
      }),
    );
    on("get", EVENTS, () => refusal(503, { code }));
    open();
    expect(await screen.findByText("The list comes back once that is mended.")).toBeVisible();
    expect(screen.getByText(heading)).toBeVisible(); // once
    expect(screen.getByText("We do not know whether there are errors.")).toBeVisible();
  });
});

describe("one error", () => {
  const CHANGE = `${EVENTS}/41`;

  it("shows to whom it happened, what led to it, and asks before it changes anything", async () => {
    on("get", CHANGE, answers(madeErrorDetail()));
    const changed = on("put", CHANGE, answers(madeError({ status: "resolved" })));
    const { person } = open("/errors/41");
    expect(await screen.findByRole("heading", { level: 1, name: "ValueError: a bean is not green" })).toBeVisible();
    expect(screen.getByText("req-77")).toBeVisible();
    await person.click(screen.getByText("What led to it"));
    expect(await screen.findByText("GET /api/episodes")).toBeVisible();
    await person.click(screen.getByRole("button", { name: "Resolve" }));
    const question = within(screen.getByRole("group", { name: "Are you sure?" }));
    expect(changed.times).toBe(0);
    await person.click(question.getByRole("button", { name: "Leave it" }));
    await person.click(screen.getByRole("button", { name: "Ignore for a day" }));
    await person.click(screen.getByRole("button", { name: "Yes, ignore for a day" }));
    await waitFor(() => expect(changed.bodies).toEqual([{ status: "ignored", ignore_hours: 24 }]));
  });

  it("is only read without a token for changes, and tells of its times only what is known", async () => {
    on("get", CHANGE, answers(madeErrorDetail({ events: null, source: madeSource({ ...TOKEN_DEAD, read_only: true }) })));
    open("/errors/41");
    expect(await screen.findByText(/The single times stand in Sentry alone/)).toBeVisible();
    expect(screen.getByText(/Errors can only be read here/)).toBeVisible();
    expect(screen.queryByRole("button", { name: "Resolve" })).toBeNull();
  });
});
