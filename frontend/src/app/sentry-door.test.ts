import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { client, rememberAccount } from "@/api/client";
import { RefusedError } from "@/api/errors";
import { answers, on, refusal } from "@/testing/server";

import { forgetTold, tellError } from "./error-reports";

/** The first test loads the part with the SDK. */
const PATIENTLY = { timeout: 20_000 };
const ENVELOPES = "/api/7/envelope/";
const refused = new RefusedError(500, {
  code: "broken",
  message: "It broke at https://ann:pw@example.org/a?token=abc for ann@example.org.",
  action: "",
  retryable: false,
  request_id: "req_7",
});

function nameSentry(): void {
  const meta = document.head.appendChild(document.createElement("meta"));
  meta.name = "donecast-errors";
  meta.content = JSON.stringify({ dsn: "http://abc@localhost/7", environment: "staging", release: "donecast@1" });
}

/** What Sentry's own kind of server gets, and what it answers. */
function receiver(status = 200) {
  const events: Record<string, unknown>[] = [];
  const seen = on("post", ENVELOPES, async (request) => {
    events.push(JSON.parse((await request.text()).split("\n")[2] ?? "") as Record<string, unknown>);
    return new Response("{}", { status });
  });
  return { events, seen };
}

beforeEach(forgetTold);
afterEach(() => {
  document.head.querySelector("meta[name=donecast-errors]")?.remove();
  rememberAccount(null);
});

test("Sentry is told where the server names it, with the request that failed, who and what, and nothing private", async () => {
  nameSentry();
  rememberAccount("acc_1");
  history.replaceState(null, "", "/studio/episodes/ep_01m8q47xjmds323x7fmccwhw61/edit?ticket=abc");
  const ours = on("post", "/api/errors", () => new Response(null, { status: 202 }));
  const { events } = receiver();
  tellError(refused);
  await vi.waitFor(() => expect(events).toHaveLength(1), PATIENTLY);
  expect(events[0]).toMatchObject({
    environment: "staging",
    release: "donecast@1",
    user: { id: "acc_1" },
    tags: { request_id: "req_7", episode_id: "ep_01m8q47xjmds323x7fmccwhw61", source: "studio" },
    exception: { values: [{ type: "RefusedError" }] },
  });
  const sent = JSON.stringify(events);
  for (const secret of ["ann", "pw@", "token=abc", "ticket"]) expect(sent).not.toContain(secret);
  expect(ours.times).toBe(0);
});

test("what Sentry does not take is told to us", async () => {
  nameSentry();
  const ours = on("post", "/api/errors", () => new Response(null, { status: 202 }));
  const { seen } = receiver(500);
  tellError(new TypeError("it broke"));
  await vi.waitFor(() => expect(ours.times).toBe(1), PATIENTLY);
  expect(seen.times).toBe(1);
  expect(ours.bodies[0]).toMatchObject({ message: "it broke" });
});

test("without Sentry we are told, and nobody else", async () => {
  const ours = on("post", "/api/errors", () => new Response(null, { status: 202 }));
  const { seen } = receiver();
  tellError(new TypeError("it broke"));
  await vi.waitFor(() => expect(ours.times).toBe(1));
  expect(seen.times).toBe(0);
});

test("a script error has the request of a call that failed moments before, and no longer ago", async () => {
  const now = vi.spyOn(performance, "now").mockReturnValue(10_000);
  on("get", "/api/shows", () => {
    const answer = refusal(404);
    answer.headers.set("X-Request-ID", "req_9");
    return answer;
  });
  const ours = on("post", "/api/errors", () => new Response(null, { status: 202 }));
  await client.GET("/api/shows");
  now.mockReturnValue(12_000);
  tellError(new TypeError("soon"));
  await vi.waitFor(() => expect(ours.times).toBe(1));
  now.mockReturnValue(12_001);
  tellError(new TypeError("late"));
  await vi.waitFor(() => expect(ours.times).toBe(2));
  expect(ours.bodies).toMatchObject([{ request_id: "req_9" }, { request_id: "" }]);
});

test("a call that went well is no reason", async () => {
  vi.spyOn(performance, "now").mockReturnValue(60_000); // what failed in other tests is long ago
  on("get", "/api/prices", answers([]));
  const ours = on("post", "/api/errors", () => new Response(null, { status: 202 }));
  await client.GET("/api/prices");
  tellError(new TypeError("of itself"));
  await vi.waitFor(() => expect(ours.times).toBe(1));
  expect(ours.bodies[0]).toMatchObject({ request_id: "" });
});
