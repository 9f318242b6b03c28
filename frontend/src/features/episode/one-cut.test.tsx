import { screen, waitFor, within } from "@testing-library/react";
import { HttpResponse } from "msw";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { aFinishedEpisode } from "@/testing/finished-episode";
import { madeIntern } from "@/testing/made-up";
import { answers, on, refusal } from "@/testing/server";
import { openStudio } from "@/testing/show-studio";

const sound = () => new HttpResponse(new Uint8Array([82, 73]), { headers: { "Content-Type": "audio/wav" } });

/** A pause from 2.4 to 2.5 s, of whose recording the waveform is not there and the silences are. */
async function openedEdges() {
  const episode = aFinishedEpisode();
  on("get", "/api/media/med_1/peaks", () => refusal(404));
  on("get", "/api/media/med_1/silences", answers([{ start_ms: 1_800, end_ms: 2_000 }, { start_ms: 4_000, end_ms: 4_200 }]));
  const { person } = openStudio("/episodes/ep_1");
  const cut = within(await screen.findByRole("group", { name: /^Long pause at/ }));
  await person.click(cut.getByRole("button", { name: "Change where it starts and ends" }));
  return { episode, person, cut, slider: (name: string) => cut.getByRole("slider", { name }) };
}

describe("where a cut starts and ends", () => {
  beforeEach(() => {
    vi.stubGlobal("Audio", class extends EventTarget {
      play = async () => undefined;
      pause = () => undefined;
    });
    URL.createObjectURL = () => "blob:sound";
    URL.revokeObjectURL = () => undefined;
  });
  afterEach(() => vi.unstubAllGlobals());

  it("is moved by the keyboard, heard before it is saved, and read aloud", async () => {
    const { episode, person, cut, slider } = await openedEdges();
    const saved = on("put", "/api/episodes/ep_1/proposals/pause/edges", () => {
      episode.become({ edit_list_version: 4 });
      return HttpResponse.json({ version: 4, source_duration_ms: 5_000, operations: [] });
    });
    let asked = "";
    on("get", "/api/episodes/ep_1/preview", (request) => {
      asked = new URL(request.url).search;
      return sound();
    });
    expect(slider("Start")).toHaveFocus();
    expect(slider("Start")).toHaveAttribute("aria-valuetext", "starts at 2.4 seconds");
    await person.keyboard("{ArrowLeft}{Shift>}{ArrowLeft}{/Shift}");
    expect(slider("Start")).toHaveAttribute("aria-valuetext", "starts at 2.1 seconds");
    await waitFor(async () => {
      await person.keyboard("{Home}");
      expect(slider("Start")).toHaveAttribute("aria-valuetext", "starts at 1.9 seconds");
    });
    await person.tab();
    await person.keyboard("{End}");
    expect(slider("End")).toHaveAttribute("aria-valuetext", "ends at 4.1 seconds");
    const said = cut.getByRole("group", { name: "What is said here" });
    expect([...said.querySelectorAll("del")].map(({ textContent }) => textContent)).toEqual(["pounds and uh a"]);
    await person.click(cut.getByRole("button", { name: "Hear the joint" }));
    await waitFor(() => expect(asked).toBe("?start_ms=1900&end_ms=4100&instead_of=pause"));
    await person.click(cut.getByRole("button", { name: "Save" }));
    await waitFor(() => expect(saved.bodies).toEqual([{ edit_list_version: 3, start_ms: 1_900, end_ms: 4_100 }]));
    expect(cut.getByRole("button", { name: "Change where it starts and ends" })).toHaveFocus();
  });

  it("is moved by buttons too, and left as it was with Back", async () => {
    const { person, cut, slider } = await openedEdges();
    await person.click(cut.getByRole("button", { name: "End: Later" }));
    expect(cut.getByText("Ends at 0:02.55")).toBeVisible();
    expect(cut.getByText("ends at 2.55 seconds")).toBeInTheDocument();
    expect(cut.getByRole("button", { name: "Save" })).toBeEnabled();
    await person.click(cut.getByRole("button", { name: "Back" }));
    expect(cut.queryByRole("slider")).not.toBeInTheDocument();
    expect(cut.getByRole("button", { name: "Change where it starts and ends" })).toHaveFocus();
    await person.keyboard("{Enter}");
    expect(slider("End")).toHaveAttribute("aria-valuetext", "ends at 2.5 seconds");
    await person.keyboard("{Escape}");
    expect(cut.queryByRole("slider")).not.toBeInTheDocument();
  });

  it("says that saving cuts what was kept, and that the sound could not be drawn", async () => {
    const { cut } = await openedEdges();
    expect(cut.getByText(/Saving also cuts it/)).toBeVisible();
    expect(cut.getByRole("button", { name: "Save" })).toBeEnabled();
    expect(await cut.findByText("We could not draw the sound here.")).toBeVisible();
  });

  it("says in plain words that another window was first, and shows what is there", async () => {
    const { person, cut } = await openedEdges();
    on("put", "/api/episodes/ep_1/proposals/pause/edges", () => refusal(409, { code: "edit_list_stale" }));
    await person.keyboard("{ArrowLeft}");
    await person.click(cut.getByRole("button", { name: "Save" }));
    expect(await screen.findByText("This episode was edited in another window.")).toBeVisible();
    expect(screen.getByText("You now see the cuts as they are there.")).toBeVisible();
    await waitFor(() => expect(cut.queryByText(/edges changed/)).not.toBeInTheDocument());
  });
});

describe("where a request to the intern ends", () => {
  it("is moved, heard with a tone, and saved", async () => {
    aFinishedEpisode();
    on("get", "/api/media/med_1/peaks", () => refusal(404));
    on("get", "/api/media/med_1/silences", answers([]));
    on("get", "/api/episodes/ep_1/interns", answers([madeIntern({ other_ends_ms: [2_900] })]));
    let asked = "";
    on("get", "/api/episodes/ep_1/interns/intern_1/preview", (request) => {
      asked = new URL(request.url).search;
      return sound();
    });
    const saved = on("put", "/api/episodes/ep_1/interns/intern_1/end", () =>
      HttpResponse.json(madeIntern({ end_ms: 2_900, request: "who built it first" })),
    );
    const { person } = openStudio("/episodes/ep_1");
    const panel = within(await screen.findByRole("region", { name: "What you asked the intern" }));
    await person.click(panel.getByRole("button", { name: "Change where it ends" }));
    const end = panel.getByRole("slider", { name: "End" });
    expect(end).toHaveFocus();
    expect(panel.queryByRole("slider", { name: "Start" })).not.toBeInTheDocument();
    await person.keyboard("{End}");
    expect(end).toHaveAttribute("aria-valuetext", "ends at 2.9 seconds");
    await person.click(panel.getByRole("button", { name: "Hear where it ends" }));
    await waitFor(() => expect(asked).toBe("?end_ms=2900"));
    await person.click(panel.getByRole("button", { name: "Save" }));
    await waitFor(() => expect(panel.getByLabelText("What you asked")).toHaveValue("who built it first"));
    expect(saved.bodies).toEqual([{ edit_list_version: 3, end_ms: 2_900 }]);
    expect(panel.getByRole("button", { name: "Change where it ends" })).toHaveFocus();
  });
});
