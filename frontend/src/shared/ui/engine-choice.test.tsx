import { screen, waitFor, within } from "@testing-library/react";
import { HttpResponse } from "msw";
import { describe, expect, it } from "vitest";

import type { Engine, Engines, Voice } from "@/api/types";
import { aFinishedEpisode } from "@/testing/finished-episode";
import { madeEpisode, madePrices, madeShow } from "@/testing/made-up";
import { answers, on, refusal } from "@/testing/server";
import { openStudio } from "@/testing/show-studio";

const engine = (over: Partial<Engine> & Pick<Engine, "id" | "label">): Engine => ({
  good_for: "Good for something.",
  sound_goes: "Your recording stays on the computer that runs this DoneCast.",
  is_elsewhere: false,
  state: "ready",
  remedy: null,
  command: null,
  is_default: false,
  ...over,
});
const ENGINES: Engines = {
  transcribers: [
    engine({ id: "pocketsphinx", label: "Built-in recogniser", is_default: true }),
    engine({
      id: "whisper",
      label: "Whisper",
      state: "not_installed",
      remedy: "The person who runs this DoneCast fetches a model for it:",
      command: "donecast speech install whisper-small",
    }),
    engine({ id: "assemblyai", label: "AssemblyAI", is_elsewhere: true, sound_goes: "Your recording is sent to AssemblyAI." }),
  ],
  synthesizers: [
    engine({ id: "flite", label: "flite", is_default: true }),
    engine({ id: "google", label: "Google", state: "needs_key", remedy: "The person who runs this DoneCast puts a key in." }),
  ],
};
const voice = (id: string, label: string, isDefault = false): Voice => ({
  id,
  label,
  language: "en-US",
  licence: "free",
  engine: "flite",
  is_default: isDefault,
  preview_url: null,
});
const VOICES = [voice("flite:slt", "Susan", true), voice("flite:rms", "Richard")];
const FOLD = "Who writes out the words, and who speaks";

describe("who writes out the words and who speaks", () => {
  it("is chosen for an episode, with where the sound goes and what is missing", async () => {
    const episode = aFinishedEpisode();
    const engines = on("get", "/api/engines", answers(ENGINES));
    on("get", "/api/voices", answers(VOICES));
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

  it("lists the voices of every engine that may speak, each with its price, and one that fails beside the others", async () => {
    aFinishedEpisode();
    const google = engine({ id: "google", label: "Google", is_elsewhere: true });
    const elevenlabs = engine({ id: "elevenlabs", label: "ElevenLabs", is_elsewhere: true });
    on("get", "/api/engines", answers({ ...ENGINES, synthesizers: [ENGINES.synthesizers[0], elevenlabs, google] }));
    on("get", "/api/prices", answers(madePrices({ voices: { flite: "1.500", elevenlabs: "4.500", google: "1.500" } })));
    on("get", "/api/voices", (request) => {
      const asked = new URL(request.url).searchParams.get("engine");
      if (asked === "google") return refusal(503, { message: "Google does not answer." });
      const george = { ...voice("elevenlabs:JBF", "George"), engine: "elevenlabs" };
      return HttpResponse.json(asked === "elevenlabs" ? [george] : VOICES);
    });
    on("patch", "/api/episodes/ep_1", answers(madeEpisode({ voice: "elevenlabs:JBF" })));
    const { person } = openStudio("/episodes/ep_1");
    await person.click(await screen.findByText(FOLD));
    expect(await screen.findByRole("group", { name: "ElevenLabs" })).toContainElement(screen.getByRole("option", { name: "George" }));
    expect(screen.getByText("We could not load the voices of Google.")).toBeVisible();
    await person.selectOptions(screen.getByLabelText("Who speaks?"), "George");
    expect(await screen.findByText("4.5 credits for each minute")).toBeVisible();
  });

  it("says why a service gives no voices, and what other kinds would need", async () => {
    aFinishedEpisode();
    on("get", "/api/engines", answers(ENGINES));
    on("get", "/api/voices", () => refusal(503, { message: "The service does not accept the key." }));
    const { person } = openStudio("/episodes/ep_1");
    await person.click(await screen.findByText(FOLD));
    expect(await screen.findByText(/The service does not accept the key/)).toBeVisible();
    await person.click(screen.getByText("Other kinds of voices"));
    expect(await screen.findByText("The person who runs this DoneCast puts a key in.")).toBeVisible();
  });
});
