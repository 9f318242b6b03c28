import { screen } from "@testing-library/react";
import { HttpResponse } from "msw";
import { describe, expect, it } from "vitest";

import type { Voice } from "@/api/types";
import { aFinishedEpisode } from "@/testing/finished-episode";
import { madeEngine, madeEngines, madeEpisode, madePrices, madeVoice } from "@/testing/made-up";
import { answers, on, refusal } from "@/testing/server";
import { openStudio } from "@/testing/show-studio";

const ENGINES = madeEngines();
const VOICES = [madeVoice("flite:slt", "Susan", { is_default: true }), madeVoice("flite:rms", "Richard")];
const FOLD = "Who writes out the words, and who speaks";
const elevenlabs = madeEngine({ id: "elevenlabs", label: "ElevenLabs", is_elsewhere: true });

/** flite's voices are there; what becomes of ElevenLabs' is the test's to say. */
function withElevenlabs(answer: () => Response | Promise<Response>) {
  on("get", "/api/engines", answers({ ...ENGINES, synthesizers: [ENGINES.synthesizers[0], elevenlabs] }));
  on("get", "/api/prices", answers(madePrices({ voices: { flite: "1.500", elevenlabs: "4.500" } })));
  on("get", "/api/voices", (request) =>
    new URL(request.url).searchParams.get("engine") === "elevenlabs" ? answer() : HttpResponse.json(VOICES),
  );
}

async function openChoice() {
  const { person } = openStudio("/episodes/ep_1");
  await person.click(await screen.findByText(FOLD));
  return person;
}

describe("who speaks", () => {
  it("lists the voices of every engine that may speak, each with its price, and one that fails beside the others", async () => {
    aFinishedEpisode();
    const google = madeEngine({ id: "google", label: "Google", is_elsewhere: true });
    on("get", "/api/engines", answers({ ...ENGINES, synthesizers: [ENGINES.synthesizers[0], elevenlabs, google] }));
    on("get", "/api/prices", answers(madePrices({ voices: { flite: "1.500", elevenlabs: "4.500", google: "1.500" } })));
    on("get", "/api/voices", (request) => {
      const asked = new URL(request.url).searchParams.get("engine");
      if (asked === "google") return refusal(503, { message: "Google does not answer." });
      const george = madeVoice("elevenlabs:JBF", "George", { engine: "elevenlabs" });
      return HttpResponse.json(asked === "elevenlabs" ? [george] : VOICES);
    });
    on("patch", "/api/episodes/ep_1", answers(madeEpisode({ voice: "elevenlabs:JBF" })));
    const person = await openChoice();
    expect(await screen.findByRole("group", { name: "ElevenLabs" })).toContainElement(screen.getByRole("option", { name: "George" }));
    expect(screen.getByText("We could not load the voices of Google.")).toBeVisible();
    await person.selectOptions(screen.getByLabelText("Who speaks?"), "George");
    expect(await screen.findByText("4.5 credits for each minute")).toBeVisible();
  });

  it("says why a service gives no voices, and what other kinds would need", async () => {
    aFinishedEpisode();
    on("get", "/api/engines", answers(ENGINES));
    on("get", "/api/voices", () => refusal(503, { message: "The service does not accept the key." }));
    const person = await openChoice();
    expect(await screen.findByText(/The service does not accept the key/)).toBeVisible();
    await person.click(screen.getByText("Other kinds of voices"));
    expect(await screen.findByText("The person who runs this DoneCast puts a key in.")).toBeVisible();
  });

  it("can be chosen at once where another service's list hangs, and a voice of that one is shown by its own name", async () => {
    aFinishedEpisode({ voice: "elevenlabs:JBF" });
    withElevenlabs(() => new Promise<Response>(() => undefined));
    await openChoice();
    expect(await screen.findByRole("option", { name: "Richard" })).toBeInTheDocument();
    expect(screen.getByText("Loading the voices of ElevenLabs…")).toBeVisible();
    expect(screen.getByLabelText("Who speaks?")).toHaveDisplayValue("JBF");
    expect(screen.getByText("4.5 credits for each minute")).toBeVisible();
  });

  it("is not said to be gone because a list could not be loaded", async () => {
    aFinishedEpisode({ voice: "elevenlabs:JBF" });
    withElevenlabs(() => refusal(500));
    await openChoice();
    expect(await screen.findByText("We could not load the voices of ElevenLabs.")).toBeVisible();
    expect(screen.getByLabelText("Who speaks?")).toHaveDisplayValue("JBF");
  });

  it("is said to be gone when its own service's list lacks it", async () => {
    aFinishedEpisode({ voice: "elevenlabs:JBF" });
    withElevenlabs(() => HttpResponse.json([] satisfies Voice[]));
    await openChoice();
    expect(await screen.findByRole("option", { name: "JBF (not here any more)" })).toBeInTheDocument();
    expect(screen.getByText("4.5 credits for each minute")).toBeVisible();
  });
});
