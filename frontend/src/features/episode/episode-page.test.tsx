import { screen, waitFor, within } from "@testing-library/react";
import { HttpResponse } from "msw";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import type { Decision, Episode } from "@/api/types";
import { madeEpisode, madeProposal, madeRendition, madeShow, madeTranscript, madeWords } from "@/testing/made-up";
import { answers, on, refusal } from "@/testing/server";
import { openStudio } from "@/testing/show-studio";

const words = madeWords("We had um forty pounds and uh a greenhouse");

/** An episode with two ums and a pause; decisions are kept, each making the next version of the edit. */
function aFinishedEpisode(over: Partial<Episode> = {}) {
  let proposals = [
    madeProposal({ id: "um", kind: "filler", start_ms: 1_000, end_ms: 1_400, cut: true }),
    madeProposal({ id: "uh", kind: "filler", start_ms: 3_000, end_ms: 3_400 }),
    madeProposal({ id: "pause", kind: "long_pause", start_ms: 2_400, end_ms: 2_500 }),
  ];
  let episode = madeEpisode({
    state: "ready",
    rendition: madeRendition(),
    transcript: { id: "tr_1", engine: "pocketsphinx", quality: "basic", language: "en", words_count: words.length },
    ...over,
  });
  on("get", "/api/shows", answers([madeShow()]));
  on("get", "/api/episodes", () => HttpResponse.json([episode]));
  on("get", "/api/episodes/ep_1", () => HttpResponse.json(episode));
  on("get", "/api/episodes/ep_1/words", answers(madeTranscript(words)));
  on("get", "/api/episodes/ep_1/proposals", () => HttpResponse.json(proposals));
  let undone: typeof proposals | null = null;
  let before: typeof proposals | null = null;
  const history = () => ({
    version: episode.edit_list_version,
    can_undo: before !== null,
    can_redo: undone !== null,
  });
  const step = (shown: typeof proposals) => {
    proposals = shown;
    episode = { ...episode, edit_list_version: episode.edit_list_version + 1 };
    return HttpResponse.json({ version: episode.edit_list_version, source_duration_ms: 5_000, operations: [] });
  };
  on("get", "/api/episodes/ep_1/edit-list/history", () => HttpResponse.json(history()));
  const takenBack = on("post", "/api/episodes/ep_1/edit-list/undo", () => {
    const shown = before ?? proposals;
    undone = proposals;
    before = null;
    return step(shown);
  });
  const doneAgain = on("post", "/api/episodes/ep_1/edit-list/redo", () => {
    const shown = undone ?? proposals;
    before = proposals;
    undone = null;
    return step(shown);
  });
  const decided = on("post", "/api/episodes/ep_1/decisions", async (request) => {
    const body = (await request.json()) as { edit_list_version: number; decisions: Record<string, Decision> };
    if (body.edit_list_version !== episode.edit_list_version) return refusal(409, { code: "stale_edit" });
    before = proposals;
    undone = null;
    proposals = proposals.map((one) => ({ ...one, cut: (body.decisions[one.id] ?? (one.cut ? "cut" : "keep")) === "cut" }));
    const version = episode.edit_list_version + 1;
    episode = { ...episode, edit_list_version: version, rendition: madeRendition({ outdated: true }) };
    return HttpResponse.json({ version, source_duration_ms: 5_000, operations: [] });
  });
  const become = (change: Partial<Episode>) => {
    episode = { ...episode, ...change };
    return episode;
  };
  return { decided, takenBack, doneAgain, become };
}

const mark = (name: RegExp) => screen.findByRole("button", { name });

describe("cuts in the text", () => {
  it("are switched one by one where they stand", async () => {
    const server = aFinishedEpisode();
    const { person } = openStudio("/episodes/ep_1");
    const um = await mark(/^um \(Um or er, cut/);
    expect(um).toHaveAttribute("aria-pressed", "true");
    await person.click(um);
    expect(await mark(/^um \(Um or er, kept/)).toHaveAttribute("aria-pressed", "false");
    await waitFor(() =>
      expect(server.decided.bodies).toEqual([{ edit_list_version: 3, decisions: { um: "keep" } }]),
    );
    expect(await screen.findByRole("button", { name: "Make the episode again" })).toBeVisible();
  });

  it("work from the keyboard", async () => {
    const server = aFinishedEpisode();
    const { person } = openStudio("/episodes/ep_1");
    (await mark(/^uh \(/)).focus();
    await person.keyboard(" ");
    expect(await mark(/^uh \(Um or er, cut/)).toHaveAttribute("aria-pressed", "true");
    await waitFor(() => expect(server.decided.times).toBe(1));
  });

  it("are switched all of a kind, and taken back with one undo", async () => {
    const server = aFinishedEpisode();
    const { person } = openStudio("/episodes/ep_1");
    await person.click(await screen.findByRole("button", { name: "Cut all ums and ers" }));
    expect(await screen.findByRole("button", { name: "Keep all ums and ers" })).toBeVisible();
    expect(await screen.findByText("0.8 seconds cut. The original is kept.")).toBeVisible();
    await waitFor(() => expect(screen.getByRole("button", { name: "Undo" })).toBeEnabled());
    await person.click(screen.getByRole("button", { name: "Undo" }));
    expect(await mark(/^uh \(Um or er, kept/)).toHaveAttribute("aria-pressed", "false");
    expect(server.takenBack.bodies).toEqual([{ version: 4 }]);
    await waitFor(() => expect(screen.getByRole("button", { name: "Undo" })).toBeDisabled());
    await person.click(screen.getByRole("button", { name: "Redo" }));
    expect(await mark(/^uh \(Um or er, cut/)).toHaveAttribute("aria-pressed", "true");
    expect(server.doneAgain.bodies).toEqual([{ version: 5 }]);
    await waitFor(() => expect(screen.getByRole("button", { name: "Redo" })).toBeDisabled());
  });

  it("give way to another window, and say so", async () => {
    const server = aFinishedEpisode();
    const { person } = openStudio("/episodes/ep_1");
    const um = await mark(/^um \(/);
    server.become({ edit_list_version: 9 });
    await person.click(um);
    expect(await screen.findByRole("alert")).toHaveTextContent("This episode was edited in another window.");
    expect(await mark(/^um \(Um or er, cut/)).toHaveAttribute("aria-pressed", "true");
    await person.click(await mark(/^um \(/));
    await waitFor(() =>
      expect(server.decided.bodies.at(-1)).toEqual({ edit_list_version: 9, decisions: { um: "keep" } }),
    );
  });
});

describe("hearing a cut before the episode is made", () => {
  const played: string[] = [];

  beforeEach(() => {
    played.length = 0;
    vi.stubGlobal("Audio", class extends EventTarget {
      constructor(readonly address: string) {
        super();
      }
      play = async () => void played.push(this.address);
      pause = () => void played.push("stopped");
    });
    URL.createObjectURL = () => "blob:sound";
    URL.revokeObjectURL = () => undefined;
  });
  afterEach(() => vi.unstubAllGlobals());

  const buttonsOf = async () => {
    const cut = await screen.findByRole("group", { name: /^Long pause at/ });
    return within(cut);
  };

  it("plays the place as it is when cut, and stops with the same button", async () => {
    aFinishedEpisode();
    let asked = "";
    on("get", "/api/episodes/ep_1/preview", (request) => {
      asked = new URL(request.url).search;
      return new HttpResponse(new Uint8Array([82, 73, 70, 70]), { headers: { "Content-Type": "audio/wav" } });
    });
    const { person } = openStudio("/episodes/ep_1");
    (await buttonsOf()).getByRole("button", { name: "Hear it cut" }).focus();
    await person.keyboard("{Enter}");
    await person.click(await (await buttonsOf()).findByRole("button", { name: "Stop" }));
    expect(asked).toBe("?start_ms=2400&end_ms=2500");
    expect(played).toEqual(["blob:sound", "stopped"]);
    expect((await buttonsOf()).getByRole("button", { name: "Hear it cut" })).toBeVisible();
  });

  it("says in a sentence why it cannot be heard", async () => {
    aFinishedEpisode();
    const busy = { code: "too_many_previews", message: "Several previews are being made at this moment." };
    on("get", "/api/episodes/ep_1/preview", () => refusal(409, busy));
    const { person } = openStudio("/episodes/ep_1");
    await person.click((await buttonsOf()).getByRole("button", { name: "Hear it cut" }));
    expect(await screen.findByRole("alert")).toHaveTextContent("Several previews are being made at this moment.");
    expect(played).toEqual([]);
  });
});

describe("sending an episode out", () => {
  it("publishes in the usual slot with one button that says when", async () => {
    const server = aFinishedEpisode();
    const published = on("post", "/api/episodes/ep_1/publish", () =>
      HttpResponse.json(server.become({ state: "scheduled", published_at: "2026-11-26T07:00:00Z" })),
    );
    const { person } = openStudio("/episodes/ep_1");
    await person.click(await screen.findByRole("radio", { name: /Thursday 7:00/ }));
    await person.click(screen.getByRole("button", { name: "Publish Thursday 7:00" }));
    expect(await screen.findByRole("heading", { name: "Set to go out" })).toBeVisible();
    expect(published.bodies).toEqual([{ publish_at: "2026-11-26T07:00:00Z" }]);
  });

  it("takes an episode offline only after asking, and says what that means", async () => {
    const server = aFinishedEpisode({ state: "live", published_at: "2026-11-20T07:00:00Z" });
    const taken = on("post", "/api/episodes/ep_1/unpublish", () =>
      HttpResponse.json(server.become({ state: "ready", published_at: null })),
    );
    const { person } = openStudio("/episodes/ep_1");
    await person.click(await screen.findByRole("button", { name: "Take it offline" }));
    expect(screen.getByText(/Listeners will not be able to play it/)).toBeVisible();
    expect(taken.times).toBe(0);
    await person.click(screen.getByRole("button", { name: "Yes, take it offline" }));
    expect(await screen.findByRole("button", { name: "Publish now" })).toBeVisible();
    expect(taken.times).toBe(1);
  });

  it("shows where it is and what came out", async () => {
    aFinishedEpisode({ state: "live", published_at: "2026-11-20T07:00:00Z" });
    openStudio("/episodes/ep_1");
    expect(await screen.findByRole("link", { name: "Open the episode’s page" })).toHaveAttribute(
      "href",
      "/shows/the-allotment-hour/a-greenhouse-for-forty-pounds",
    );
    expect(screen.getByRole("link", { name: "Captions (WebVTT)" })).toHaveAttribute(
      "href",
      "/api/episodes/ep_1/transcript.vtt",
    );
    const facts = screen.getByRole("heading", { name: "The finished file" }).parentElement as HTMLElement;
    expect(within(facts).getByText("-16.1 LUFS")).toBeVisible();
    expect(within(facts).getByText("10:12")).toBeVisible();
  });
});
