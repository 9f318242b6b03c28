import { screen, waitFor, within } from "@testing-library/react";
import { HttpResponse } from "msw";
import { describe, expect, it } from "vitest";

import { aFinishedEpisode } from "@/testing/finished-episode";
import { madeEngines, madeQuote, madeShow, madeVoice } from "@/testing/made-up";
import { answers, on } from "@/testing/server";
import { openStudio } from "@/testing/show-studio";

const ENGINES = madeEngines();
const VOICES = [madeVoice("flite:slt", "Susan", { is_default: true }), madeVoice("flite:rms", "Richard")];
const FOLD = "Who writes out the words, and who speaks";

describe("who writes out the words and who speaks", () => {
  it("is chosen for an episode, with where the sound goes and what is missing", async () => {
    const episode = aFinishedEpisode();
    const engines = on("get", "/api/engines", answers(ENGINES));
    on("get", "/api/voices", answers(VOICES));
    on("get", "/api/episodes/ep_1/quote", answers(madeQuote({ total: "26.750" })));
    const changed = on("patch", "/api/episodes/ep_1", async (request) =>
      HttpResponse.json(episode.become((await request.json()) as object)),
    );
    const { person } = openStudio("/episodes/ep_1");
    const fold = await screen.findByText(FOLD);
    expect(engines.times).toBe(0);
    await person.click(fold);
    const choice = within(await screen.findByRole("group", { name: "Who writes out the words?" }));
    expect(choice.getByText("At the moment: Built-in recogniser")).toBeVisible();
    expect(choice.getByText("Your recording is sent to AssemblyAI.")).toBeVisible();
    expect(choice.getByText("donecast speech install whisper-small")).toBeVisible();
    expect(choice.getByRole("radio", { name: /^Whisper/ })).toBeDisabled();
    await person.click(choice.getByRole("radio", { name: /^AssemblyAI/ }));
    expect(await screen.findByText(/It counts when the episode is made again/)).toBeVisible();
    expect(choice.getByRole("radio", { name: /^AssemblyAI/ })).toBeChecked();
    expect(await screen.findByText("at most 26.75 credits")).toBeVisible();
    await person.selectOptions(screen.getByLabelText("Who speaks?"), "Richard");
    expect(screen.getByLabelText("How Richard sounds")).toHaveAttribute("src", "/api/voices/preview?voice=flite%3Arms");
    await person.click(choice.getByRole("radio", { name: /^As your show has it/ }));
    await waitFor(() => expect(changed.bodies).toEqual([{ transcriber: "assemblyai" }, { voice: "flite:rms" }, { transcriber: null }]));
  });

  it("is a show's too, and what is chosen and gone stays to be seen", async () => {
    on("get", "/api/shows", answers([madeShow({ transcriber: "whisper", voice: "gone" })]));
    on("get", "/api/shows/show_1/templates", answers([]));
    on("get", "/api/categories", answers([]));
    on("get", "/api/engines", answers(ENGINES));
    on("get", "/api/voices", answers(VOICES));
    const { person } = openStudio("/shows");
    await person.click(await screen.findByText(FOLD));
    expect(await screen.findByRole("radio", { name: /^Whisper/ })).toBeChecked();
    expect(await screen.findByRole("option", { name: "gone (not here any more)" })).toBeInTheDocument();
    expect(screen.getByRole("radio", { name: /^As this DoneCast is set up/ })).toBeEnabled();
  });
});
