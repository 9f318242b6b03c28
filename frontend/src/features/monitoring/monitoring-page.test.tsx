import { screen, waitFor, within } from "@testing-library/react";
import { HttpResponse } from "msw";
import { describe, expect, it } from "vitest";

import type { Breakers, ErrorRate, HealthHistory, StuckEpisode } from "@/api/types";
import { answers, on, refusal } from "@/testing/server";
import { openStudio } from "@/testing/show-studio";

import { linePath } from "./day-line";

const CALM: ErrorRate = {
  error_count: 0,
  success_count: 900,
  total_requests: 900,
  error_rate_percent: 0,
  window_seconds: 300,
  client_error_count: 0,
};
const AT = "2026-11-30T10:00:00Z";
const WATCHED = { looked_at: AT, is_late: false, not_known: [] as string[], told_by: ["mail" as const] };
const HISTORY: HealthHistory = { every_seconds: 300, lines: { disk_percent: [{ at: AT, value: 41.2 }], pool_percent: [] } };

const STUCK = "/api/admin/monitoring/stuck-operations";

function aProgram({ breakers = {} }: { breakers?: Breakers["breakers"] } = {}) {
  on("get", "/api/health/error-rate", answers(CALM));
  on("get", "/api/health/circuit-breakers", answers({ status: "healthy", open_count: 0, breakers: { gemini: { state: "closed" }, ...breakers } }));
  on("get", "/api/health/deep", answers({ status: "ok", db: "ok", storage: "ok", broker: "ok" }));
  on("get", "/api/health/pool", answers({ status: "healthy", utilization_percent: 10, warning: false }));
  on(
    "get",
    "/api/health/resources",
    answers({ status: "healthy", machine_memory_percent: 30, disk: { free_bytes: 5e10, total_bytes: 1e11, used_percent: 50 } }),
  );
  on("get", "/api/admin/alerts", answers({ ...WATCHED, open_count: 0, alerts: [] }));
  on("get", STUCK, answers({ stuck_count: 0, stuck_episodes: [], action_required: "" }));
  on("get", "/api/admin/monitoring/history", answers(HISTORY));
  on(
    "get",
    "/api/admin/audit",
    answers({
      entries: [{ id: "aud_1", at: AT, actor: "root@example.org", act: "isolate_service", subject: "gemini", details: {}, request_id: null }],
      next_before: null,
    }),
  );
}

const SILENT: StuckEpisode = {
  operation_id: "op_7",
  episode_id: "ep_7",
  title: "Beans in November",
  trouble: "lease_gone",
  silent_seconds: 600,
  recoveries: 1,
  worker: "worker-b",
};

/** One episode is stuck until it is cleaned up in earnest; answers to what was asked for. */
function aStuckEpisode() {
  const state = { stuck: true };
  on("get", STUCK, () =>
    HttpResponse.json(
      state.stuck
        ? { stuck_count: 1, stuck_episodes: [SILENT], action_required: "Look whether a worker runs." }
        : { stuck_count: 0, stuck_episodes: [], action_required: "" },
    ),
  );
  return on("post", `${STUCK}/cleanup`, async (request) => {
    const { action, dry_run: rehearsed } = (await request.json()) as { action: string; dry_run: boolean };
    const episodes = state.stuck ? [SILENT] : [];
    state.stuck &&= rehearsed;
    const message = episodes.length === 0 ? "There is nothing to do." : `1 ${rehearsed ? "would be" : "is"} ended.`;
    return HttpResponse.json({ dry_run: rehearsed, action, count: episodes.length, episodes, message });
  });
}

const open = () => openStudio("/monitoring", { role: "admin" });
const tile = async (name: string) => within((await screen.findByRole("heading", { level: 3, name })).closest("li") as HTMLElement);

describe("the monitoring page", () => {
  it("is for whoever runs this DoneCast, and nobody else asks for it", async () => {
    openStudio("/monitoring");
    expect(await screen.findByText("Only the person who runs this DoneCast can see this page.")).toBeVisible();
  });

  it("says that all works, with the day of each figure and what was done by hand", async () => {
    aProgram();
    open();
    expect(await screen.findByText("All working.")).toBeVisible();
    expect((await tile("Disk")).getByText("24 hours: 41.2 all the time")).toBeVisible();
    expect(await screen.findByText("Isolate service: gemini")).toBeVisible();
  });

  it("says the worst thing first, and what to do", async () => {
    aProgram({ breakers: { stripe: { state: "open", next_probe_at: AT, failure_count: 5 } } });
    on(
      "get",
      "/api/health/deep",
      answers({
        status: "fail",
        db: "ok",
        storage: "ok",
        broker: "fail",
        checks: { broker: { latency_ms: 3, age_seconds: 0, finding: "no worker is alive", action: "Start a worker." } },
      }),
    );
    open();
    expect(await screen.findByText("Workers: does not work. One more thing needs a look.")).toBeVisible();
    expect((await tile("Workers")).getByText("Start a worker.")).toBeVisible();
    expect((await tile("Outside services")).getByText("1 left alone")).toBeVisible();
    expect(screen.getByText("Left alone; whoever needs it next tries it again")).toBeVisible();
  });

  it("shows an alert that is on with its first step, and not one that is over", async () => {
    aProgram();
    const alert = { subject: "", severity: "page", figures: "3 % free.", opened_at: AT, reminders: 0, runbook: "https://d.example/disk_low.md" };
    on(
      "get",
      "/api/admin/alerts",
      answers({
        ...WATCHED,
        open_count: 1,
        alerts: [
          { ...alert, id: "a1", name: "disk_low", closed_at: null, first_step: "Free some space." },
          { ...alert, id: "a2", name: "stuck_work", closed_at: AT, first_step: "Look." },
        ],
      }),
    );
    open();
    expect(await screen.findByText("Alerts: 1 is on.")).toBeVisible();
    expect(screen.getByText("3 % free. Free some space.")).toBeVisible();
    expect(screen.getByText(/look now/)).toBeVisible();
    expect(screen.getByRole("link", { name: "What to do, step by step" })).toHaveAttribute("href", "https://d.example/disk_low.md");
    expect(screen.queryByText("Look.")).toBeNull();
  });

  it("does not say that no alert is on when nobody looked, or not at everything", async () => {
    aProgram();
    on("get", "/api/admin/alerts", answers({ ...WATCHED, is_late: true, open_count: 0, alerts: [] }));
    open();
    expect(await screen.findByText("Alerts: not known.")).toBeVisible();
    expect((await tile("Alerts")).getByText(/Nobody has looked for five minutes\./)).toBeVisible();
  });

  it("names what could not be looked at", async () => {
    aProgram();
    on("get", "/api/admin/alerts", answers({ ...WATCHED, not_known: ["breakers"], open_count: 0, alerts: [] }));
    open();
    expect(await screen.findByText("Alerts: not known.")).toBeVisible();
    expect((await tile("Alerts")).getByText(/Could not be looked at: breakers\./)).toBeVisible();
  });

  it("promises mail only where mail is set up", async () => {
    aProgram();
    on("get", "/api/admin/alerts", answers({ ...WATCHED, told_by: [], open_count: 0, alerts: [] }));
    open();
    expect((await tile("Alerts")).getByText(/neither mail nor Slack is set up/)).toBeVisible();
  });

  it("never says that all works while something could not be asked", async () => {
    aProgram();
    on("get", "/api/health/pool", () => refusal(500));
    open();
    expect(await screen.findByText("Database connections: not known.")).toBeVisible();
    expect(screen.queryByText("All working.")).toBeNull();
  });

  it("asks once more before a service is switched off, and again before it is released", async () => {
    let state: "closed" | "isolated" = "closed";
    aProgram();
    on("get", "/api/health/circuit-breakers", () =>
      HttpResponse.json({ status: "healthy", open_count: 0, breakers: { gemini: { state } } }),
    );
    const isolated = on("post", "/api/admin/circuit-breakers/gemini/isolate", () => {
      state = "isolated";
      return HttpResponse.json({ state });
    });
    const { person } = open();
    await person.click(await screen.findByRole("button", { name: "Switch off: Gemini" }));
    expect(isolated.times).toBe(0);
    await person.click(screen.getByRole("button", { name: "Leave it" }));
    await person.click(screen.getByRole("button", { name: "Switch off: Gemini" }));
    await person.click(screen.getByRole("button", { name: "Yes, switch off" }));
    expect(await screen.findByText("Switched off by hand")).toBeVisible();
    await waitFor(() => expect(isolated.times).toBe(1));
    expect(screen.getByRole("button", { name: "Ask again now: Gemini" })).toBeVisible();
  });
});

describe("stuck work", () => {
  it("says what it waits for and since when, rehearses first, and says what was done", async () => {
    aProgram();
    const cleaned = aStuckEpisode();
    const { person } = open();
    expect(await screen.findByText("Stuck work: 1 episode does not move.")).toBeVisible();
    expect((await tile("Stuck work")).getByText("Look whether a worker runs.")).toBeVisible();
    expect(screen.getByText("It waits for the worker worker-b, which is silent.")).toBeVisible();
    expect(screen.getByText(/^Since \w+ .* · begun again once · op_7$/)).toBeVisible();

    await person.click(screen.getByRole("button", { name: "End it and give the credits back" }));
    expect(await screen.findByText("1 would be ended.")).toBeVisible();
    expect(cleaned.bodies).toEqual([{ action: "fail_and_release", dry_run: true, operation_ids: ["op_7"], even_running: false }]);
    await person.click(screen.getByRole("button", { name: "Not now" }));
    expect(screen.queryByText("1 would be ended.")).toBeNull();
    expect(cleaned.times).toBe(1);

    await person.click(screen.getByRole("button", { name: "End it and give the credits back" }));
    await person.click(await screen.findByRole("button", { name: "Yes, end it and give the credits back" }));
    expect(await screen.findByText("Beans in November: 1 is ended.")).toBeVisible();
    expect(cleaned.bodies.at(-1)).toEqual({ action: "fail_and_release", dry_run: false, operation_ids: ["op_7"], even_running: false });
    expect(await screen.findByText("No work is stuck.")).toBeVisible();
    expect(screen.getByText("Beans in November: 1 is ended.")).toBeVisible();
  });

  it("asks nothing where the rehearsal finds that the work moves again", async () => {
    aProgram();
    aStuckEpisode();
    on("post", `${STUCK}/cleanup`, answers({ dry_run: true, action: "requeue", count: 0, episodes: [], message: "There is nothing to do." }));
    const { person } = open();
    await person.click(await screen.findByRole("button", { name: "Start it again" }));
    expect(await screen.findByText("There is nothing to do.")).toBeVisible();
    expect(screen.queryByRole("button", { name: /^Yes/ })).toBeNull();
  });

  it("says when nothing was changed", async () => {
    aProgram();
    aStuckEpisode();
    on("post", `${STUCK}/cleanup`, async (request) =>
      ((await request.json()) as { dry_run: boolean }).dry_run
        ? HttpResponse.json({ dry_run: true, action: "ignore", count: 1, episodes: [SILENT], message: "1 would be left alone." })
        : refusal(500),
    );
    const { person } = open();
    await person.click(await screen.findByRole("button", { name: "Leave it as it is" }));
    await person.click(await screen.findByRole("button", { name: "Yes, leave it as it is" }));
    expect(await screen.findByText("Nothing was changed.")).toBeVisible();
    expect(screen.getByText("Beans in November")).toBeVisible();
  });
});

it("breaks the line where nobody looked", () => {
  const now = Date.parse("2026-11-30T12:00:00Z");
  const at = (minutes: number, value: number) => ({ at: new Date(now - minutes * 60_000).toISOString(), value });
  expect(linePath([at(120, 1), at(115, 2), at(60, 2)], 300, now).match(/M/g)).toHaveLength(2);
});
