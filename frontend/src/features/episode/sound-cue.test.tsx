import { screen, within } from "@testing-library/react";
import { HttpResponse } from "msw";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import type { Proposal } from "@/api/types";
import { aFinishedEpisode } from "@/testing/finished-episode";
import { madeProposal } from "@/testing/made-up";
import { answers, on, refusal } from "@/testing/server";
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

  it("is heard between new edges before they are saved", async () => {
    const episode = anEpisodeWith(put);
    on("get", "/api/media/med_1/peaks", () => refusal(404));
    on("get", "/api/media/med_1/silences", answers([]));
    const saved = on("put", "/api/episodes/ep_1/proposals/cue/edges", () => {
      episode.become({ edit_list_version: 4 });
      return HttpResponse.json({ version: 4, source_duration_ms: 5_000, operations: [] });
    });
    let asked = "";
    on("get", "/api/episodes/ep_1/proposals/cue/preview", (request) => {
      asked = new URL(request.url).search;
      return new HttpResponse(new Uint8Array([82, 73, 70, 70]), { headers: { "Content-Type": "audio/wav" } });
    });
    const { person } = openStudio("/episodes/ep_1");
    const cue = await card("0:01");
    await person.click(cue.getByRole("button", { name: "Change where it starts and ends" }));
    await person.keyboard("{ArrowLeft}");
    await person.click(cue.getByRole("button", { name: "Hear it there" }));
    await vi.waitFor(() => expect(asked).toBe("?start_ms=1450&end_ms=2400"));
    await vi.waitFor(() => expect(played).toEqual(["blob:sound"]));
    await person.click(cue.getByRole("button", { name: "Save" }));
    await vi.waitFor(() => expect(saved.bodies).toEqual([{ edit_list_version: 3, start_ms: 1_450, end_ms: 2_400 }]));
  });

  it("says that saving the edges of one that is not put in puts it in", async () => {
    anEpisodeWith({ ...put, cut: false, decision: null });
    on("get", "/api/media/med_1/peaks", () => refusal(404));
    on("get", "/api/media/med_1/silences", answers([]));
    const { person } = openStudio("/episodes/ep_1");
    const cue = await card("0:01");
    await person.click(cue.getByRole("button", { name: "Change where it starts and ends" }));
    expect(cue.getByText(/Saving also puts it in\./)).toBeVisible();
  });

  it("counts as nothing cut, and cannot be put in without its file", async () => {
    const { decided } = anEpisodeWith(put, gone);
    const { person } = openStudio("/episodes/ep_1");
    const cue = await card("0:03");
    expect(cue.getByRole("radio", { name: "Put it in" })).toBeDisabled();
    expect(cue.getByRole("button", { name: "Hear it in place" })).toBeDisabled();
    expect(cue.getByRole("button", { name: "Change where it starts and ends" })).toBeDisabled();
    expect(cue.getByText(/not in your library any more/)).toBeVisible();
    expect(screen.getByText("Nothing is cut. The original is kept.")).toBeVisible();
    expect(screen.getByText(/1 put in ·/)).toBeVisible();
    await person.click(screen.getByRole("button", { name: /greenhouse.*kept/ }));
    expect(decided.times).toBe(0);
  });
});
