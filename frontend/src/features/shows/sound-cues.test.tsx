import { screen, waitFor, within } from "@testing-library/react";
import { HttpResponse } from "msw";
import { describe, expect, it } from "vitest";

import type { SoundCue } from "@/api/types";
import { madeMedia, madeShow, madeSoundCue } from "@/testing/made-up";
import { answers, on, refusal } from "@/testing/server";
import { openStudio } from "@/testing/show-studio";

const clap = madeMedia({ id: "med_7", name: "clap", category: "sound_effect", duration_ms: 2_000 });

function aShow(cues: SoundCue[] = []) {
  on("get", "/api/shows", answers([madeShow()]));
  on("get", "/api/categories", answers([]));
  on("get", "/api/shows/show_1/templates", answers([]));
  on("get", "/api/shows/show_1/sound-cues", answers(cues));
  on(
    "get",
    "/api/media",
    answers([
      clap,
      madeMedia({ id: "med_8", name: "long storm", category: "sound_effect", duration_ms: 31_000 }),
      madeMedia({ id: "med_9", name: "interview" }),
    ]),
  );
}

describe("sounds that are called by a word", () => {
  it("are listed with what is heard, and whether somebody is asked", async () => {
    aShow([
      madeSoundCue({ gain_db: -6 }),
      madeSoundCue({ id: "cue_2", words: "door bell", by_itself: false, clip_name: null, clip_duration_ms: null }),
    ]);
    openStudio("/shows");
    const first = (await screen.findByText("“applause please”")).closest("li");
    expect(first).toHaveTextContent("clap, 2 s, quieter than you");
    expect(first).toHaveTextContent("Put in by itself");
    const second = screen.getByText("“door bell”").closest("li");
    expect(second).toHaveTextContent("Its sound is not in your library any more, so the words stay in.");
    expect(second).toHaveTextContent("You are asked first");
  });

  it("are added from the library", async () => {
    aShow();
    const added = on("post", "/api/shows/show_1/sound-cues", answers(madeSoundCue({ gain_db: 6, by_itself: false }), 201));
    const { person } = openStudio("/shows");
    await person.click(await screen.findByRole("button", { name: "Add a sound" }));
    await person.type(screen.getByLabelText("What you say"), "Applause, please");
    expect(screen.getByRole("button", { name: "Add it" })).toBeDisabled();
    const choice = screen.getByLabelText("Which sound is heard");
    await within(choice).findByRole("option", { name: "clap, 2 s" });
    expect(within(choice).queryByRole("option", { name: /storm|interview/ })).not.toBeInTheDocument();
    await person.selectOptions(choice, "med_7");
    await person.selectOptions(screen.getByLabelText("How loud"), "Louder than you");
    await person.selectOptions(screen.getByLabelText("When you say it"), "Ask me first");
    await person.click(screen.getByRole("button", { name: "Add it" }));
    expect(await screen.findByText("“applause please”")).toBeVisible();
    expect(added.bodies).toEqual([{ words: "Applause, please", clip_id: "med_7", gain_db: 6, by_itself: false }]);
    expect(screen.getByRole("button", { name: "Add a sound" })).toBeVisible();
  });

  it("are chosen at once when they are uploaded", async () => {
    aShow();
    const sent = on("post", "/api/media", () =>
      HttpResponse.json(madeMedia({ id: "med_5", name: "bell", category: "sound_effect", duration_ms: 700 }), {
        status: 201,
      }),
    );
    const { person } = openStudio("/shows");
    await person.click(await screen.findByRole("button", { name: "Add a sound" }));
    await within(screen.getByLabelText("Which sound is heard")).findByRole("option", { name: "clap, 2 s" });
    await person.upload(screen.getByLabelText("Sound file"), new File(["x"], "bell.wav", { type: "audio/wav" }));
    await waitFor(() => expect(screen.getByLabelText("Which sound is heard")).toHaveValue("med_5"));
    expect(sent.times).toBe(1);
  });

  it("say in a sentence why words will not do, and keep what was typed", async () => {
    aShow();
    on("post", "/api/shows/show_1/sound-cues", () => refusal(400, { message: "“flubber” already says that you made a mistake." }));
    const { person } = openStudio("/shows");
    await person.click(await screen.findByRole("button", { name: "Add a sound" }));
    await person.type(screen.getByLabelText("What you say"), "flubber");
    await within(screen.getByLabelText("Which sound is heard")).findByRole("option", { name: "clap, 2 s" });
    await person.selectOptions(screen.getByLabelText("Which sound is heard"), "med_7");
    await person.click(screen.getByRole("button", { name: "Add it" }));
    expect(await screen.findByRole("alert")).toHaveTextContent("“flubber” already says that you made a mistake.");
    expect(screen.getByLabelText("What you say")).toHaveValue("flubber");
  });

  it("are taken off the list", async () => {
    aShow([madeSoundCue(), madeSoundCue({ id: "cue_2", words: "door bell" })]);
    const gone = on("delete", "/api/shows/show_1/sound-cues/cue_1", () => new HttpResponse(null, { status: 204 }));
    const { person } = openStudio("/shows");
    await person.click(await screen.findByRole("button", { name: "Delete “applause please”" }));
    await waitFor(() => expect(screen.queryByText("“applause please”")).not.toBeInTheDocument());
    expect(screen.getByText("“door bell”")).toBeVisible();
    expect(gone.times).toBe(1);
  });
});
