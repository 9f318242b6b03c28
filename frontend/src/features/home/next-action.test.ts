import { describe, expect, it } from "vitest";

import { madeEpisode, madeShow } from "@/testing/made-up";

import { nextAction } from "./next-action";

const of = (...states: Parameters<typeof madeEpisode>[0][]) =>
  nextAction(
    states.map((over, index) => madeEpisode({ id: `ep_${index}`, ...over })),
    [madeShow()],
  );

describe("what needs me", () => {
  it("puts trouble before everything else", () => {
    expect(of({ state: "ready" }, { state: "needs_you", title: "Compost" }, { state: "working" })).toMatchObject({
      heading: "“Compost” needs you",
      episodeId: "ep_1",
    });
  });

  it("asks for a decision before it shows work that runs by itself", () => {
    expect(of({ state: "working" }, { state: "ready" })).toMatchObject({ button: "Check and publish", episodeId: "ep_1" });
    expect(of({ state: "working" }, { state: "live" })).toMatchObject({ episodeId: "ep_0" });
  });

  it("takes the one that changed last", () => {
    const older = { state: "ready", updated_at: "2026-11-01T00:00:00Z" } as const;
    const newer = { state: "ready", updated_at: "2026-11-20T00:00:00Z" } as const;
    expect(of(older, newer).episodeId).toBe("ep_1");
  });

  it("says when the next one goes out, in the show's own time, and offers a fresh start", () => {
    expect(of({ state: "scheduled", published_at: "2026-11-26T07:00:00Z" })).toMatchObject({
      sentence: "Thursday 26 November, 7:00. Nothing to do until then.",
      episodeId: null,
    });
    expect(of({ state: "live" })).toMatchObject({ heading: "Nothing waits for you", episodeId: null });
  });
});
