import { cleanup, fireEvent, screen, within } from "@testing-library/react";
import { HttpResponse } from "msw";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { aFinishedEpisode } from "@/testing/finished-episode";
import { madeShow } from "@/testing/made-up";
import { answers, on, refusal } from "@/testing/server";
import { openStudio } from "@/testing/show-studio";

describe("hearing a cut before the episode is made", () => {
  const played: string[] = [];

  beforeEach(() => {
    played.length = 0;
    vi.stubGlobal("Audio", class extends EventTarget {
      constructor(readonly address: string) {
        super();
      }
      play = async () => void played.push(this.address);
      pause = () => void played.push("stopped");
    });
    URL.createObjectURL = () => "blob:sound";
    URL.revokeObjectURL = () => undefined;
  });
  afterEach(() => vi.unstubAllGlobals());

  const buttonsOf = async () => {
    const cut = await screen.findByRole("group", { name: /^Long pause at/ });
    return within(cut);
  };

  it("plays the place as it is when cut, and stops with the same button", async () => {
    aFinishedEpisode();
    let asked = "";
    on("get", "/api/episodes/ep_1/preview", (request) => {
      asked = new URL(request.url).search;
      return new HttpResponse(new Uint8Array([82, 73, 70, 70]), { headers: { "Content-Type": "audio/wav" } });
    });
    const { person } = openStudio("/episodes/ep_1");
    (await buttonsOf()).getByRole("button", { name: "Hear it cut" }).focus();
    await person.keyboard("{Enter}");
    await person.click(await (await buttonsOf()).findByRole("button", { name: "Stop" }));
    expect(asked).toBe("?start_ms=2400&end_ms=2500");
    expect(played).toEqual(["blob:sound", "stopped"]);
    expect((await buttonsOf()).getByRole("button", { name: "Hear it cut" })).toBeVisible();
  });

  it("says in a sentence why it cannot be heard", async () => {
    aFinishedEpisode();
    const busy = { code: "too_many_previews", message: "Several previews are being made at this moment." };
    on("get", "/api/episodes/ep_1/preview", () => refusal(409, busy));
    const { person } = openStudio("/episodes/ep_1");
    await person.click((await buttonsOf()).getByRole("button", { name: "Hear it cut" }));
    expect(await screen.findByRole("alert")).toHaveTextContent("Several previews are being made at this moment.");
    expect(played).toEqual([]);
  });

  const sounding = () =>
    on("get", "/api/episodes/ep_1/preview", () =>
      new HttpResponse(new Uint8Array([82, 73, 70, 70]), { headers: { "Content-Type": "audio/wav" } }),
    );

  it("is never heard over the finished episode, nor the other way round", async () => {
    aFinishedEpisode();
    sounding();
    const paused = vi.spyOn(HTMLMediaElement.prototype, "pause").mockImplementation(() => undefined);
    const { person } = openStudio("/episodes/ep_1");
    await person.click((await buttonsOf()).getByRole("button", { name: "Hear it cut" }));
    await (await buttonsOf()).findByRole("button", { name: "Stop" });
    expect(paused).toHaveBeenCalledTimes(1);
    const episode = document.querySelector("audio");
    expect(paused.mock.instances).toEqual([episode]);
    fireEvent.play(episode as HTMLAudioElement);
    expect(await (await buttonsOf()).findByRole("button", { name: "Hear it cut" })).toBeVisible();
    expect(played).toEqual(["blob:sound", "stopped"]);
    paused.mockRestore();
  });

  it("says what of the show's sound is not in it", async () => {
    aFinishedEpisode();
    openStudio("/episodes/ep_1");
    expect((await buttonsOf()).getByRole("button", { name: "Hear it cut" })).toBeVisible();
    expect(screen.queryByText(/as it was recorded/)).not.toBeInTheDocument();
    cleanup();
    on("get", "/api/shows", answers([madeShow({ levelling: true })]));
    openStudio("/episodes/ep_1");
    expect(await screen.findByText(/plays the sound as it was recorded/)).toBeVisible();
  });
});
