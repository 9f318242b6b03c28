import { onlineManager } from "@tanstack/react-query";
import { screen } from "@testing-library/react";
import { HttpResponse } from "msw";
import { describe, expect, it, vi } from "vitest";

import { madeEpisode, madeShow } from "@/testing/made-up";
import { answers, on, refusal } from "@/testing/server";
import { openStudio } from "@/testing/show-studio";

import { errorFromResponse, RefusedError, UnreachableError } from "./errors";
import { retryDelayMs, shouldRetry } from "./retry";

vi.mock(import("./retry"), async (original) => {
  const real = await original();
  // The rule itself is tested below; screens must not make the tests wait for whole seconds.
  return { ...real, retryDelayMs: vi.fn((attempt: number, random?: () => number) => (random ? real.retryDelayMs(attempt, random) : 1)) };
});

const refused = (retryable: boolean) =>
  new RefusedError(503, { code: "busy", message: "Busy.", action: "Wait.", retryable });

describe("the retry rule", () => {
  it("tries three times more when the server says that this can help", () => {
    expect([0, 1, 2, 3].map((failures) => shouldRetry(failures, refused(true)))).toEqual([true, true, true, false]);
  });

  it("tries again when no answer came, and never after a plain no", () => {
    expect(shouldRetry(0, new UnreachableError())).toBe(true);
    expect(shouldRetry(0, refused(false))).toBe(false);
    expect(shouldRetry(0, new TypeError("a fault in the page"))).toBe(false);
  });

  it("waits 1, 2 and 4 seconds, a fifth more or less", () => {
    expect([0, 1, 2].map((attempt) => retryDelayMs(attempt, () => 0.5))).toEqual([1_000, 2_000, 4_000]);
    expect([retryDelayMs(2, () => 0), retryDelayMs(2, () => 1)]).toEqual([3_200, 4_800]);
  });

  it("takes a proxy's own page for an unreachable server, and our refusal for a refusal", () => {
    expect(errorFromResponse(502, "<html>Bad gateway</html>")).toBeInstanceOf(UnreachableError);
    const body = { error: { code: "busy", message: "Busy.", action: "Wait.", retryable: true } };
    expect(errorFromResponse(503, body)).toMatchObject({ code: "busy", status: 503, retryable: true });
    expect(errorFromResponse(500, undefined)).toMatchObject({ retryable: false });
  });
});

describe("a screen that reads", () => {
  it("never shows a fault that passes", async () => {
    let failures = 2;
    on("get", "/api/shows", answers([madeShow()]));
    const episodes = on("get", "/api/episodes", () =>
      failures-- > 0 ? refusal(503, { retryable: true }) : HttpResponse.json([madeEpisode({ state: "ready" })]),
    );
    openStudio("/");
    expect(await screen.findByRole("link", { name: "Check and publish" })).toBeVisible();
    expect(screen.queryByRole("alert")).not.toBeInTheDocument();
    expect(episodes.times).toBe(3);
  });

  it("shows a fault that lasts, with a button that works", async () => {
    let broken = true;
    on("get", "/api/shows", answers([madeShow()]));
    const episodes = on("get", "/api/episodes", () =>
      broken ? refusal(503, { retryable: true, message: "The server is very busy." }) : HttpResponse.json([madeEpisode()]),
    );
    const { person } = openStudio("/");
    expect(await screen.findByRole("alert")).toHaveTextContent("The server is very busy.");
    expect(episodes.times).toBe(4);
    broken = false;
    await person.click(screen.getByRole("button", { name: "Try again" }));
    expect(await screen.findByRole("link", { name: "A greenhouse for forty pounds" })).toBeVisible();
    expect(screen.queryByRole("alert")).not.toBeInTheDocument();
  });

  it("asks once when the answer is a plain no", async () => {
    on("get", "/api/shows", answers([madeShow()]));
    const episodes = on("get", "/api/episodes", () => refusal(403, { message: "This is not yours." }));
    openStudio("/");
    expect(await screen.findByRole("alert")).toHaveTextContent("This is not yours.");
    expect(episodes.times).toBe(1);
  });

  it("tries again when the line was down for a moment", async () => {
    onlineManager.setOnline(true);
    let failures = 1;
    on("get", "/api/shows", answers([madeShow()]));
    on("get", "/api/episodes", () => (failures-- > 0 ? HttpResponse.error() : HttpResponse.json([madeEpisode()])));
    openStudio("/");
    expect(await screen.findByRole("link", { name: "A greenhouse for forty pounds" })).toBeVisible();
  });
});

describe("a screen that writes", () => {
  it("sends once, even when the server says that another try may help", async () => {
    const signIn = on("post", "/api/auth/sign-in", () => refusal(503, { retryable: true, message: "Busy just now." }));
    const { person } = openStudio("/sign-in", { signedIn: false });
    await person.type(await screen.findByLabelText("Email"), "margaret@example.org");
    await person.type(screen.getByLabelText("Password"), "a short sentence");
    await person.click(screen.getByRole("button", { name: "Sign in" }));
    expect(await screen.findByRole("alert")).toHaveTextContent("Busy just now.");
    expect(signIn.times).toBe(1);
  });
});
