/** A server that takes a recording and makes an episode of it, and how a person hands one over. */
import { fireEvent, screen } from "@testing-library/react";
import { HttpResponse } from "msw";

import type { Episode, Media } from "@/api/types";

import { madeEpisode, madeMedia, madeOperation, madeShow } from "./made-up";
import { answers, on } from "./server";

export const TUS = { "Tus-Resumable": "1.0.0" };
export const recording = () => new File([new Uint8Array(1_000)], "interview_one.wav", { type: "audio/wav" });

/** A server that takes an upload and makes an episode of it; what it was told can be read afterwards. */
export function aWorkingServer({ media = madeMedia() }: { media?: Media } = {}) {
  let episode = madeEpisode({ title: "" });
  on("get", "/api/shows", answers([madeShow()]));
  on("get", "/api/episodes", answers([]));
  const created = on("post", "/api/uploads", () => new HttpResponse(null, { status: 201, headers: { ...TUS, Location: "/api/uploads/up_1" } }));
  const pieces = on("patch", "/api/uploads/up_1", () =>
    new HttpResponse(null, { status: 204, headers: { ...TUS, "Upload-Offset": "1000", "Donecast-Media-Id": "med_1" } }),
  );
  on("get", "/api/media/med_1", answers(media));
  const change = async (request: Request, over: Partial<Episode>) => {
    episode = { ...episode, ...((await request.json()) as Partial<Episode>), ...over };
    return HttpResponse.json(episode);
  };
  const made = on("post", "/api/episodes", (request) => change(request, {}));
  const changed = on("patch", "/api/episodes/ep_1", (request) => change(request, {}));
  on("get", "/api/episodes/ep_1", () => HttpResponse.json(episode));
  const produced = on("post", "/api/episodes/ep_1/produce", () => {
    episode = { ...episode, state: "working", operation_id: "op_1" };
    return HttpResponse.json({ operation_id: "op_1" }, { status: 202 });
  });
  on("get", "/api/operations/op_1", answers(madeOperation("transcribe")));
  const become = (over: Partial<Episode>) => {
    episode = { ...episode, ...over };
  };
  return { created, pieces, made, changed, produced, become };
}

export const choose = async (file: File) => {
  fireEvent.change(await screen.findByLabelText("Recording"), { target: { files: [file] } });
};
