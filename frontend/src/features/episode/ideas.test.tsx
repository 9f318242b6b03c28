import { screen, within } from "@testing-library/react";
import { HttpResponse } from "msw";
import { describe, expect, it } from "vitest";

import type { Draft } from "@/api/types";
import { aFinishedEpisode } from "@/testing/finished-episode";
import { madeDraft } from "@/testing/made-up";
import { on, refusal } from "@/testing/server";
import { openStudio } from "@/testing/show-studio";

import { costWords } from "./cost-words";
import { shownDrafts } from "./ideas";

function withDrafts(...known: Draft[]) {
  const server = aFinishedEpisode();
  let drafts = known;
  on("get", "/api/episodes/ep_1/drafts", () => HttpResponse.json(drafts));
  const become = (...next: Draft[]) => {
    drafts = next;
    return HttpResponse.json(next[0]);
  };
  return { server, become };
}

describe("ideas", () => {
  it("are asked for, say who wrote them and what they cost, and are used", async () => {
    const { server, become } = withDrafts();
    const asked = on("post", "/api/episodes/ep_1/drafts", () => become(madeDraft()));
    const used = on("post", "/api/episodes/ep_1/drafts/dr_1/accept", () => {
      server.become({ title: "Beans" });
      return become(madeDraft({ status: "accepted" }));
    });
    const { person } = openStudio("/episodes/ep_1");
    await person.click(await screen.findByRole("button", { name: "Suggest titles" }));
    const draft = within(await screen.findByRole("region", { name: "Suggested titles" }));
    expect(draft.getByText(/Written by a model · cost 0\.0012 USD/)).toBeVisible();
    await person.click(draft.getAllByRole("button", { name: "Use this title" })[1] as HTMLElement);
    expect(await screen.findByRole("heading", { level: 1, name: "Beans" })).toBeVisible();
    expect(screen.queryByRole("region", { name: "Suggested titles" })).toBeNull();
    expect(asked.bodies).toEqual([{ kind: "titles" }]);
    expect(used.bodies).toEqual([{ choice: 1, replace: false }]);
  });

  it("never replace a person's own words unasked", async () => {
    withDrafts(madeDraft({ kind: "notes", texts: ["Some notes."] }));
    const used = on("post", "/api/episodes/ep_1/drafts/dr_1/accept", async (request) => {
      const { replace } = (await request.json()) as { replace: boolean };
      return replace
        ? HttpResponse.json(madeDraft({ status: "accepted" }))
        : refusal(409, { code: "own_words_there", message: "You have written this yourself." });
    });
    const { person } = openStudio("/episodes/ep_1");
    await person.click(await screen.findByRole("button", { name: "Use these notes" }));
    expect(await screen.findByRole("alert")).toHaveTextContent("Your own words stay.");
    await person.click(screen.getByRole("button", { name: "Replace what I wrote" }));
    expect(used.bodies).toEqual([
      { choice: 0, replace: false },
      { choice: 0, replace: true },
    ]);
  });

  it("say why an answer was refused", async () => {
    const { become } = withDrafts();
    const refused = madeDraft({
      status: "refused",
      texts: [],
      reason: "markup",
      reason_message: "The text had HTML in it.",
    });
    on("post", "/api/episodes/ep_1/drafts", () => become(refused));
    const { person } = openStudio("/episodes/ep_1");
    await person.click(await screen.findByRole("button", { name: "Suggest chapters" }));
    expect(await screen.findByText("The text had HTML in it.")).toBeVisible();
  });

  it("are shown once of each kind, the newest, and used chapters too", () => {
    const old = madeDraft({ id: "old" });
    const chapters = madeDraft({ id: "ch", kind: "chapters", status: "accepted" });
    const gone = madeDraft({ id: "gone", kind: "notes", status: "dismissed" });
    expect(shownDrafts([madeDraft(), old, gone, chapters]).map(({ id }) => id)).toEqual(["dr_1", "ch"]);
  });

  it("tell their cost without rounding it away", () => {
    expect([null, 0, 1, 1_200, 2_500_000, 3_000_000].map((micros) => costWords(micros, "USD"))).toEqual([
      "what it cost is not known",
      "free",
      "cost 0.000001 USD",
      "cost 0.0012 USD",
      "cost 2.50 USD",
      "cost 3.00 USD",
    ]);
  });
});
