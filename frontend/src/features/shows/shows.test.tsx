import { screen, waitFor } from "@testing-library/react";
import { HttpResponse } from "msw";
import { describe, expect, it } from "vitest";

import type { ShowPatch } from "@/api/types";
import { madeMedia, madeShow } from "@/testing/made-up";
import { answers, on, refusal } from "@/testing/server";
import { openStudio } from "@/testing/show-studio";

import { partsOf } from "./templates-list";

const template = (definition: Record<string, unknown>) => ({ id: "t_1", name: "Just me", show_id: "show_1", definition });

function aShow() {
  on("get", "/api/shows", answers([madeShow()]));
  on("get", "/api/categories", answers([{ name: "Comedy", subcategories: ["Improv"] }]));
  on("get", "/api/shows/show_1/templates", answers([template({ segments: [{ kind: "intro" }, { kind: "content" }] })]));
  on("get", "/api/shows/show_1/sound-cues", answers([]));
}

describe("a show's settings", () => {
  it("sends only what was changed", async () => {
    aShow();
    const saved = on("patch", "/api/shows/show_1", async (request) =>
      HttpResponse.json(madeShow((await request.json()) as ShowPatch as object)),
    );
    const { person } = openStudio("/shows");
    await person.selectOptions(await screen.findByLabelText("Usual day"), "Friday");
    await screen.findByRole("option", { name: "Comedy" });
    await person.selectOptions(screen.getByLabelText("Category"), "Comedy");
    expect(screen.getByRole("option", { name: "Improv" })).toBeInTheDocument();
    await person.click(screen.getByRole("button", { name: "Save the show" }));
    expect(await screen.findByText("Saved")).toBeVisible();
    expect(saved.bodies).toEqual([{ slot: { weekday: 4, time: "07:00" }, category: "Comedy", subcategory: null }]);
  });

  it("does nothing to the sound until it is chosen", async () => {
    aShow();
    const saved = on("patch", "/api/shows/show_1", async (request) =>
      HttpResponse.json(madeShow((await request.json()) as ShowPatch as object)),
    );
    const { person } = openStudio("/shows");
    const noise = await screen.findByRole("checkbox", { name: /Clean up background noise/ });
    expect(noise).not.toBeChecked();
    expect(screen.getByRole("checkbox", { name: /Even out loud and quiet talk/ })).not.toBeChecked();
    expect(screen.getByRole("checkbox", { name: /Soften sharp s sounds/ })).not.toBeChecked();
    await person.click(noise);
    await person.click(screen.getByRole("button", { name: "Save the show" }));
    expect(await screen.findByText("Saved")).toBeVisible();
    expect(saved.bodies).toEqual([{ noise_reduction: true }]);
    expect(noise).toBeChecked();
  });

  it("says what is looked for, and sends the whole of it", async () => {
    aShow();
    const saved = on("patch", "/api/shows/show_1", async (request) =>
      HttpResponse.json(madeShow((await request.json()) as ShowPatch as object)),
    );
    const { person } = openStudio("/shows");
    const keyword = await screen.findByLabelText("What you say after a mistake");
    expect(keyword).toHaveValue("flubber");
    await person.clear(keyword);
    await person.type(keyword, "banana split");
    await person.selectOptions(screen.getByLabelText("Ums and ers"), "Leave them in");
    await person.type(screen.getByLabelText("Which words nobody should hear"), "darn{Enter}holy cow");
    await person.selectOptions(screen.getByLabelText("Covered with"), "Silence");
    await person.click(screen.getByRole("button", { name: "Save the show" }));
    expect(await screen.findByText("Saved")).toBeVisible();
    expect(saved.bodies).toEqual([
      {
        cleanup: {
          flubber_keyword: "banana split",
          choices: { flubber: "cut", filler: "keep", long_pause: "cut", repeat: "ask", censor: "cut" },
          censored: ["darn", "holy cow"],
          cover_with: "silence",
        },
      },
    ]);
  });

  it("learns how somebody says the word", async () => {
    aShow();
    const taught = on("post", "/api/shows/show_1/marker-lesson", () =>
      HttpResponse.json({ keyword: "flubber", said: 5, heard: 5, exponent: -10 }),
    );
    const { person } = openStudio("/shows");
    const words = new File(["x"], "words.wav", { type: "audio/wav" });
    await person.upload(await screen.findByLabelText("Recording of the word"), words);
    expect(await screen.findByText("We heard “flubber” 5 of 5 times, and will listen so.")).toBeVisible();
    await waitFor(() => expect(taught.times).toBe(1));
    await person.type(screen.getByLabelText("What you say after a mistake"), "s");
    expect(screen.getByRole("button", { name: "Teach it my voice" })).toBeDisabled();
  });

  it("keeps what was typed when saving does not work", async () => {
    aShow();
    on("patch", "/api/shows/show_1", () => refusal(422, { message: "The title is too long." }));
    const { person } = openStudio("/shows");
    await person.type(await screen.findByLabelText("Title"), "!");
    await person.click(screen.getByRole("button", { name: "Save the show" }));
    expect(await screen.findByRole("alert")).toHaveTextContent("The title is too long.");
    expect(screen.getByLabelText("Title")).toHaveValue("The Allotment Hour!");
  });

  it("replaces the cover, and says why one will not do", async () => {
    aShow();
    const sent = on("put", "/api/shows/show_1/cover", () => refusal(422, { message: "The cover must be square." }));
    const { person } = openStudio("/shows");
    await person.upload(await screen.findByLabelText("Cover picture"), new File(["x"], "c.png", { type: "image/png" }));
    expect(await screen.findByRole("alert")).toHaveTextContent("The cover must be square. ");
    await waitFor(() => expect(sent.times).toBe(1));
  });

  it("names the parts of a template", () => {
    expect(partsOf(template({ segments: [{ kind: "intro" }, { kind: "content" }], music: [{}] }))).toBe(
      "Intro, Your recording, with music",
    );
    expect(partsOf(template({}))).toBe("Your recording");
  });
});

describe("the music of a template", () => {
  const rule = { asset: "house:music-bed", name: "House music", under: ["intro"], level_db: -15 };
  const definition = { name: "Just me", segments: [{ kind: "intro" }, { kind: "content" }], music: [rule] };

  function aShowWithMusic() {
    aShow();
    on("get", "/api/shows/show_1/templates", answers([template(definition)]));
    on("get", "/api/media", answers([madeMedia({ id: "med_7", category: "music", name: "My theme" })]));
    return on("put", "/api/templates/t_1", async (request) =>
      HttpResponse.json(template(((await request.json()) as { definition: Record<string, unknown> }).definition)),
    );
  }

  it("is the person's own when they say so, and lies where it lay", async () => {
    const saved = aShowWithMusic();
    const { person } = openStudio("/shows");
    await person.click(await screen.findByRole("button", { name: /^Choose its music/ }));
    await screen.findByRole("option", { name: "My theme" });
    const choice = screen.getByLabelText("Music of “Just me”");
    expect(choice).toHaveValue("house:music-bed");
    await person.selectOptions(choice, "My theme");
    await waitFor(() => expect(choice).toHaveValue("med_7"));
    expect(saved.bodies).toEqual([{ definition: { ...definition, music: [{ ...rule, asset: "med_7", name: "My theme" }] } }]);
  });

  it("says why it was not taken", async () => {
    aShowWithMusic();
    on("put", "/api/templates/t_1", () => refusal(400, { message: "“My theme” is a recording." }));
    const { person } = openStudio("/shows");
    await person.click(await screen.findByRole("button", { name: /^Choose its music/ }));
    await screen.findByRole("option", { name: "My theme" });
    await person.selectOptions(screen.getByLabelText("Music of “Just me”"), "My theme");
    expect(await screen.findByText(/“My theme” is a recording/)).toBeVisible();
    expect(screen.getByLabelText("Music of “Just me”")).toHaveValue("house:music-bed");
  });

  it("is not offered where a template has none", async () => {
    aShow();
    openStudio("/shows");
    expect(await screen.findByText("Just me")).toBeVisible();
    expect(screen.queryByRole("button", { name: /^Choose its music/ })).toBeNull();
  });
});
