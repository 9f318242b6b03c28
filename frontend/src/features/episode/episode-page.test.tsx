import { screen, waitFor, within } from "@testing-library/react";
import { HttpResponse } from "msw";
import { describe, expect, it } from "vitest";

import { aFinishedEpisode } from "@/testing/finished-episode";
import { madeRendition, madeTranscript, madeWords } from "@/testing/made-up";
import { answers, on } from "@/testing/server";
import { openStudio } from "@/testing/show-studio";

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

  it("never sends out what was made before the cuts were changed: it is made again first", async () => {
    aFinishedEpisode({ rendition: madeRendition({ outdated: true }) });
    const published = on("post", "/api/episodes/ep_1/publish", () => HttpResponse.json({}));
    const produced = on("post", "/api/episodes/ep_1/produce", () =>
      HttpResponse.json({ operation_id: "op_1" }, { status: 202 }),
    );
    const { person } = openStudio("/episodes/ep_1");
    await person.click(await screen.findByRole("radio", { name: /^Now/ }));
    await person.click(screen.getByRole("button", { name: "Make it again, then publish now" }));
    expect(screen.getByText("What you hear here is 10:12 long and has the cuts of before.")).toBeVisible();
    await waitFor(() => expect(produced.bodies).toEqual([{ publish: "now", until: "ready" }]));
    expect(published.times).toBe(0);
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
    expect(screen.getByRole("link", { name: "Captions for web pages (VTT)" })).toHaveAttribute(
      "href",
      "/api/episodes/ep_1/transcript.vtt",
    );
    const facts = screen.getByRole("heading", { name: "The finished file" }).parentElement as HTMLElement;
    expect(within(facts).getByText("-16.1 LUFS")).toBeVisible();
    expect(within(facts).getByText("10:12")).toBeVisible();
  });
});

describe("a transcript by whoever leaves ums out", () => {
  const NOTE = "Ums and ers are not found in this recording.";

  it("says that none can be found, where the show wants them cut", async () => {
    aFinishedEpisode();
    const written = madeTranscript(madeWords("We had forty pounds"), { quality: "good", fillers: "left_out" });
    on("get", "/api/episodes/ep_1/words", answers(written));
    openStudio("/episodes/ep_1");
    expect(await screen.findByText(NOTE)).toBeVisible();
    expect(screen.getByText(/though your show wants them cut/)).toBeVisible();
  });

  it("says nothing of the kind where they are among the words", async () => {
    aFinishedEpisode();
    openStudio("/episodes/ep_1");
    expect(await screen.findByRole("heading", { name: "What was said" })).toBeVisible();
    expect(screen.queryByText(NOTE)).toBeNull();
  });
});
