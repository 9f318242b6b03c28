import { screen, waitFor, within } from "@testing-library/react";
import { HttpResponse } from "msw";
import { describe, expect, it } from "vitest";

import type { Intern } from "@/api/types";
import { aFinishedEpisode } from "@/testing/finished-episode";
import { madeIntern } from "@/testing/made-up";
import { on, refusal } from "@/testing/server";
import { openStudio } from "@/testing/show-studio";

function asked(...interns: Intern[]) {
  aFinishedEpisode();
  let shown = interns;
  on("get", "/api/episodes/ep_1/interns", () => HttpResponse.json(shown));
  return (change: Partial<Intern>) => {
    const [first, ...others] = shown as [Intern, ...Intern[]];
    shown = [{ ...first, ...change }, ...others];
    return HttpResponse.json(shown[0]);
  };
}

const panel = () => screen.findByRole("region", { name: "What you asked the intern" });

describe("what the intern was asked", () => {
  it("is suggested, read, changed and put in", async () => {
    const become = asked(madeIntern());
    const drafted = on("post", "/api/episodes/ep_1/interns/intern_1/draft", () =>
      become({ suggestion: "A model did.", source: "Written by a model" }),
    );
    const answered = on("put", "/api/episodes/ep_1/interns/intern_1/answer", async (request) => {
      const { text } = (await request.json()) as { text: string };
      return become({ state: "answered", answer: text });
    });
    const { person } = openStudio("/episodes/ep_1");
    const found = within(await panel());
    expect(found.getByText("Waits for you")).toBeVisible();
    await person.click(found.getByRole("button", { name: "Suggest an answer" }));
    const answer = found.getByLabelText("Answer");
    await waitFor(() => expect(answer).toHaveValue("A model did."));
    expect(found.getByText("Written by a model. Read it before it goes in.")).toBeVisible();
    expect(found.getByText("Waits for you")).toBeVisible();
    await person.clear(answer);
    await person.type(answer, "Mr Smith did.");
    await person.click(found.getByRole("button", { name: "Put it in the episode" }));
    expect(await found.findByText("In the episode")).toBeVisible();
    expect(found.getByLabelText("How the answer sounds in the episode")).toBeInTheDocument();
    expect(drafted.bodies).toEqual([{ question: "who built it" }]);
    expect(answered.bodies).toEqual([{ edit_list_version: 3, text: "Mr Smith did." }]);
  });

  it("is left out, and stays on the page", async () => {
    const become = asked(madeIntern());
    const skipped = on("post", "/api/episodes/ep_1/interns/intern_1/skip", () => become({ state: "skipped" }));
    const { person } = openStudio("/episodes/ep_1");
    const found = within(await panel());
    await person.click(found.getByRole("button", { name: "Leave it out" }));
    expect(await found.findByText("Left out")).toBeVisible();
    expect(skipped.bodies).toEqual([{ edit_list_version: 3 }]);
  });

  it("keeps what was typed when the voice fails", async () => {
    asked(madeIntern());
    on("put", "/api/episodes/ep_1/interns/intern_1/answer", () => refusal(503, { message: "No voice is there." }));
    const { person } = openStudio("/episodes/ep_1");
    const found = within(await panel());
    await person.type(found.getByLabelText("Answer"), "Mr Smith did.");
    await person.click(found.getByRole("button", { name: "Put it in the episode" }));
    expect(await found.findByRole("alert")).toHaveTextContent("No voice is there.");
    expect(found.getByLabelText("Answer")).toHaveValue("Mr Smith did.");
  });

  it("keeps apart where somebody perhaps only spoke about an intern", async () => {
    asked(madeIntern({ sure: false }));
    openStudio("/episodes/ep_1");
    expect(within(await panel()).getByText(/One more place where you perhaps only spoke about/)).toBeVisible();
  });

  it("is not there when nothing was asked", async () => {
    asked();
    openStudio("/episodes/ep_1");
    expect(await screen.findByRole("heading", { name: "What was said" })).toBeVisible();
    expect(screen.queryByRole("region", { name: "What you asked the intern" })).toBeNull();
  });
});
