import { screen, waitFor } from "@testing-library/react";
import { HttpResponse } from "msw";
import { describe, expect, it } from "vitest";

import type { EpisodePatch } from "@/api/types";
import { aFinishedEpisode } from "@/testing/finished-episode";
import { madeTranscript, madeWords } from "@/testing/made-up";
import { answers, on } from "@/testing/server";
import { openStudio } from "@/testing/show-studio";

describe("who speaks", () => {
  it("gets a name, which stands beside the words", async () => {
    const server = aFinishedEpisode();
    const words = madeWords("Good evening and good night").map((word, index) => ({ ...word, speaker: index < 2 ? "A" : "B" }));
    on("get", "/api/episodes/ep_1/words", answers(madeTranscript(words)));
    on("get", "/api/episodes/ep_1/proposals", answers([]));
    const saved = on("patch", "/api/episodes/ep_1", async (request) => {
      const patch = (await request.json()) as EpisodePatch;
      return HttpResponse.json(server.become({ speaker_names: patch.speaker_names ?? {} }));
    });
    on("get", "/api/shows/show_1/people", answers([{ name: "Ben", episodes: 3, is_host: false }]));
    const { person } = openStudio("/episodes/ep_1");
    await person.click(await screen.findByText("Who speaks"));
    const list = screen.getByLabelText("Speaker B").getAttribute("list") ?? "";
    await waitFor(() => expect(document.getElementById(list)?.querySelector("option")).toHaveValue("Ben"));
    await person.type(screen.getByLabelText("Speaker A"), "Margaret");
    await person.click(screen.getByRole("button", { name: "Save the names" }));
    expect(await screen.findByText("Margaret", { selector: "span" })).toBeVisible();
    expect(saved.bodies).toEqual([{ speaker_names: { A: "Margaret" } }]);
  });

  it("is not asked where one voice is all there is", async () => {
    aFinishedEpisode();
    openStudio("/episodes/ep_1");
    expect(await screen.findByRole("heading", { name: "What was said" })).toBeVisible();
    expect(screen.queryByText("Who speaks")).toBeNull();
  });
});
