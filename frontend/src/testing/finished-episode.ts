/** An episode on the stand-in server, with cuts to switch: each choice makes the next version, as on the real one. */
import { HttpResponse } from "msw";

import type { Decision, Episode } from "@/api/types";

import { madeEpisode, madeProposal, madeRendition, madeShow, madeTranscript, madeWords } from "./made-up";
import { answers, on, refusal } from "./server";

const words = madeWords("We had um forty pounds and uh a greenhouse");

/** An episode with two ums and a pause; decisions are kept, each making the next version of the edit. */
export function aFinishedEpisode(over: Partial<Episode> = {}) {
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
  on("get", "/api/episodes/ep_1/interns", answers([]));
  on("get", "/api/episodes/ep_1/drafts", answers([]));
  const made = JSON.stringify(proposals.map(({ cut }) => cut));
  const slow: { undo: Promise<void> } = { undo: Promise.resolve() };
  let undone: typeof proposals | null = null;
  let before: typeof proposals | null = null;
  const history = () => ({
    version: episode.edit_list_version,
    can_undo: before !== null,
    can_redo: undone !== null,
  });
  const step = (shown: typeof proposals) => {
    proposals = shown;
    episode = {
      ...episode,
      edit_list_version: episode.edit_list_version + 1,
      rendition: madeRendition({ outdated: JSON.stringify(shown.map(({ cut }) => cut)) !== made }),
    };
    return HttpResponse.json({ version: episode.edit_list_version, source_duration_ms: 5_000, operations: [] });
  };
  on("get", "/api/episodes/ep_1/edit-list/history", () => HttpResponse.json(history()));
  const takenBack = on("post", "/api/episodes/ep_1/edit-list/undo", async (request) => {
    const body = (await request.json()) as { version: number };
    await slow.undo;
    if (body.version !== episode.edit_list_version) return refusal(409, { code: "edit_list_stale" });
    if (before === null) return refusal(409, { code: "nothing_to_undo" });
    const shown = before;
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
    if (body.edit_list_version !== episode.edit_list_version) return refusal(409, { code: "edit_list_stale" });
    before = proposals;
    undone = null;
    return step(
      proposals.map((one) => ({ ...one, cut: (body.decisions[one.id] ?? (one.cut ? "cut" : "keep")) === "cut" })),
    );
  });
  const become = (change: Partial<Episode>) => {
    episode = { ...episode, ...change };
    return episode;
  };
  return { decided, takenBack, doneAgain, become, slow };
}
