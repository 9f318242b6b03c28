import { fireEvent, screen, within } from "@testing-library/react";
import { beforeEach, describe, expect, it, vi } from "vitest";

import { aFinishedEpisode } from "@/testing/finished-episode";
import { openStudio } from "@/testing/show-studio";

describe("searching what was said", () => {
  const played: number[] = [];
  beforeEach(() => {
    played.length = 0;
    vi.spyOn(HTMLMediaElement.prototype, "pause").mockImplementation(() => undefined);
    vi.spyOn(HTMLMediaElement.prototype, "play").mockImplementation(async function play(this: HTMLMediaElement) {
      played.push(this.currentTime);
    });
  });

  async function opened() {
    aFinishedEpisode();
    const { person } = openStudio("/episodes/ep_1");
    const search = within(await screen.findByRole("search", { name: "What was said" }));
    return { person, search };
  }
  const marked = () => [...document.querySelectorAll("mark")].map(({ textContent }) => textContent);
  const current = () => document.querySelector("mark.is-current")?.textContent;

  it("counts the places, marks them, and goes from one to the next and around", async () => {
    const { person, search } = await opened();
    await person.type(search.getByLabelText("Find words"), "a");
    expect(search.getByRole("status")).toHaveTextContent("");
    await person.type(search.getByLabelText("Find words"), "{Backspace}U");
    await person.type(search.getByLabelText("Find words"), "{Backspace}H");
    await person.clear(search.getByLabelText("Find words"));
    await person.type(search.getByLabelText("Find words"), "OÙN");
    expect(await search.findByText("1 place found")).toBeVisible();
    expect(marked()).toEqual(["pounds"]);
    await person.clear(search.getByLabelText("Find words"));
    await person.type(search.getByLabelText("Find words"), "nd");
    expect(await search.findByText("2 places found, this is number 1")).toBeVisible();
    expect([marked(), current()]).toEqual([["pounds", "and"], "pounds"]);
    await person.keyboard("{Enter}");
    expect([await search.findByText(/number 2/), current()]).toEqual([expect.anything(), "and"]);
    await person.click(search.getByRole("button", { name: "Next place" }));
    expect(current()).toBe("pounds");
    await person.keyboard("{Tab}");
    await person.click(search.getByRole("button", { name: "Previous place" }));
    expect(current()).toBe("and");
    await person.clear(search.getByLabelText("Find words"));
    await person.type(search.getByLabelText("Find words"), "cucumber");
    expect(await search.findByText("Not found")).toBeVisible();
    expect(search.queryByRole("button")).not.toBeInTheDocument();
  });

  it("finds a phrase across a proposed cut", async () => {
    const { person, search } = await opened();
    await person.type(search.getByLabelText("Find words"), "had um forty");
    expect(await search.findByText("1 place found")).toBeVisible();
    expect(marked()).toEqual(["had", "um", "forty"]);
  });

  it("plays the recording from a found place, from a word that is pressed, and from a paragraph", async () => {
    const { person, search } = await opened();
    await person.type(search.getByLabelText("Find words"), "greenhouse");
    await person.click(await search.findByRole("button", { name: "Hear it" }));
    const player = within(screen.getByRole("group", { name: "Your recording" }));
    expect(player.getByLabelText("Your recording, from 0:04")).toHaveAttribute("src", "/api/media/med_1/content");
    await person.click(screen.getByText("forty", { selector: "[data-word]" }));
    await person.click(screen.getByRole("button", { name: "Hear it from 0:00" }));
    expect(played).toEqual([4, 1.5, 0]);
    await person.click(player.getByRole("button", { name: "Close the recording" }));
    expect(screen.queryByRole("group", { name: "Your recording" })).not.toBeInTheDocument();
  });

  it("marks the word that is said, and says when the browser cannot play it", async () => {
    const { person } = await opened();
    await person.click(await screen.findByRole("button", { name: "Hear it from 0:00" }));
    const sound = screen.getByLabelText<HTMLAudioElement>("Your recording, from 0:00");
    sound.currentTime = 1.6;
    fireEvent.timeUpdate(sound);
    expect(document.querySelector(".is-spoken")).toHaveTextContent("forty");
    fireEvent.error(sound);
    expect(screen.getByRole("alert")).toHaveTextContent("Your browser cannot play this kind of recording.");
  });
});
