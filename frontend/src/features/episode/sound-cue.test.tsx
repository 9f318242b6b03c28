import { screen, within } from "@testing-library/react";
import { HttpResponse } from "msw";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import type { Proposal } from "@/api/types";
import { aFinishedEpisode } from "@/testing/finished-episode";
import { madeProposal } from "@/testing/made-up";
import { answers, on } from "@/testing/server";
import { openStudio } from "@/testing/show-studio";

const put = madeProposal({
  id: "cue",
  kind: "sound_cue",
  start_ms: 1_500,
  end_ms: 2_400,
  reason: 'You said "forty pounds". We put "till" there instead.',
  cut: true,
  decision: "cut",
  sound: { asset: "med_7", duration_ms: 800, gain_db: 0 },
});
const gone = madeProposal({
  id: "gone",
  kind: "sound_cue",
  start_ms: 3_500,
  end_ms: 4_400,
  reason: 'You said "a greenhouse". Its sound is not in your library any more, so the words stay in.',
});

function anEpisodeWith(...proposals: Proposal[]) {
  const episode = aFinishedEpisode();
  on("get", "/api/episodes/ep_1/proposals", answers(proposals));
  return episode;
}

const card = async (at: string) => within(await screen.findByRole("group", { name: `Sound called by a word at ${at}` }));

describe("a sound that is called by a word, among what we found", () => {
  const played: string[] = [];

  beforeEach(() => {
    played.length = 0;
    vi.stubGlobal("Audio", class extends EventTarget {
      constructor(readonly address: string) {
        super();
      }
      play = async () => void played.push(this.address);
      pause = () => undefined;
    });
    URL.createObjectURL = () => "blob:sound";
    URL.revokeObjectURL = () => undefined;
  });
  afterEach(() => vi.unstubAllGlobals());

  it("says why, is heard in its place, and can be kept as words", async () => {
    const { decided } = anEpisodeWith(put);
    const heard = on("get", "/api/episodes/ep_1/proposals/cue/preview", () =>
      new HttpResponse(new Uint8Array([82, 73, 70, 70]), { headers: { "Content-Type": "audio/wav" } }),
    );
    const { person } = openStudio("/episodes/ep_1");
    const cue = await card("0:01");
    expect(cue.getByText('You said "forty pounds". We put "till" there instead.')).toBeVisible();
    await person.click(cue.getByRole("button", { name: "Hear it in place" }));
    expect(await cue.findByRole("button", { name: "Stop" })).toBeVisible();
    expect([heard.times, played]).toEqual([1, ["blob:sound"]]);
    expect(cue.getByRole("radio", { name: "Put it in" })).toBeChecked();
    await person.click(cue.getByRole("radio", { name: "Keep" }));
    expect(cue.getByRole("radio", { name: "Keep" })).toBeChecked();
    await vi.waitFor(() => expect(decided.bodies).toEqual([{ edit_list_version: 3, decisions: { cue: "keep" } }]));
  });

  it("counts as nothing cut, and cannot be put in without its file", async () => {
    const { decided } = anEpisodeWith(put, gone);
    const { person } = openStudio("/episodes/ep_1");
    const cue = await card("0:03");
    expect(cue.getByRole("radio", { name: "Put it in" })).toBeDisabled();
    expect(cue.getByRole("button", { name: "Hear it in place" })).toBeDisabled();
    expect(cue.getByText(/not in your library any more/)).toBeVisible();
    expect(screen.getByText("Nothing is cut. The original is kept.")).toBeVisible();
    expect(screen.getByText(/1 put in ·/)).toBeVisible();
    await person.click(screen.getByRole("button", { name: /greenhouse.*kept/ }));
    expect(decided.times).toBe(0);
  });
});
