import { act, screen } from "@testing-library/react";
import { describe, expect, it } from "vitest";

import { madeEpisode, madeOperation, madeRendition, madeShow } from "@/testing/made-up";
import { answers, on } from "@/testing/server";
import { openStudio } from "@/testing/show-studio";

import { applyOperationEvent, POLL_MS, pollDelayMs, SILENCE_MS_MAX } from "./operations";

describe("how often work is asked about", () => {
  it("leaves finished work alone", () => {
    expect(pollDelayMs(madeOperation("end"), 0)).toBe(false);
    expect(pollDelayMs(undefined, 0)).toBe(false);
  });

  it("trusts the stream for twenty seconds, then asks every three", async () => {
    const { queries } = openStudio("/sign-in", { signedIn: false });
    const heard = 1_000_000;
    applyOperationEvent(queries, madeOperation("check"), heard);
    expect(pollDelayMs(madeOperation("check"), heard)).toBe(SILENCE_MS_MAX);
    expect(pollDelayMs(madeOperation("check"), heard + 12_000)).toBe(8_000);
    expect(pollDelayMs(madeOperation("check"), heard + 60_000)).toBe(POLL_MS);
    expect(await screen.findByRole("button", { name: "Sign in" })).toBeVisible();
  });
});

describe("an event of the stream", () => {
  it("moves the list on the screen, and its end brings the finished episode", async () => {
    let episode = madeEpisode({ state: "working", operation_id: "op_1" });
    on("get", "/api/shows", answers([madeShow()]));
    on("get", "/api/episodes/ep_1", () => Response.json(episode));
    on("get", "/api/operations/op_1", answers(madeOperation("check")));
    const { queries } = openStudio("/episodes/ep_1");
    expect(await screen.findByText("Checking the recording")).toBeVisible();

    const running = madeOperation("transcribe");
    running.steps[1] = { ...(running.steps[1] as (typeof running.steps)[number]), percent: 40 };
    act(() => applyOperationEvent(queries, running, Date.now()));
    expect(await screen.findByRole("progressbar", { name: "Writing out the words" })).toHaveAttribute("aria-valuenow", "40");

    episode = madeEpisode({ state: "ready", operation_id: "op_1", rendition: madeRendition() });
    act(() => applyOperationEvent(queries, madeOperation("end"), Date.now()));
    expect(await screen.findByRole("group", { name: "The finished episode" })).toBeVisible();
    expect(await screen.findByText("Ready to check")).toBeVisible();
    expect(screen.queryByText("Being made")).not.toBeInTheDocument();
  });

  it("shows what went wrong and tries again on request", async () => {
    on("get", "/api/shows", answers([madeShow()]));
    on("get", "/api/episodes/ep_1", answers(madeEpisode({ state: "needs_you", operation_id: "op_1" })));
    const error = { code: "render_timeout", message: "It took too long.", action: "Try again.", retryable: true };
    on("get", "/api/operations/op_1", answers(madeOperation("assemble", { state: "failed", error } as object)));
    const retry = on("post", "/api/operations/op_1/retry", answers(madeOperation("assemble"), 202));
    const { person } = openStudio("/episodes/ep_1");
    expect(await screen.findByRole("alert")).toHaveTextContent("It took too long.");
    await person.click(screen.getByRole("button", { name: "Try again" }));
    expect(await screen.findByText("Being made", { selector: "h2" })).toBeVisible();
    expect(retry.times).toBe(1);
  });
});
