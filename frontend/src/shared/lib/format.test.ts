import { describe, expect, it } from "vitest";

import { madeShow } from "@/testing/made-up";

import { fileSize, titleFromFileName } from "./format-size";
import { clockTime, dayAndTime, slotName, spokenLength } from "./format-time";
import { publishButton, publishChoices } from "./publish-words";

describe("times in words", () => {
  it("reads like a clock", () => {
    expect([clockTime(0), clockTime(65_900), clockTime(3_609_000)]).toEqual(["0:00", "1:05", "1:00:09"]);
  });

  it("reads like a person", () => {
    expect([1_000, 1_949, 12_400, 65_000, 3_600_000].map(spokenLength)).toEqual([
      "1 second",
      "1.9 seconds",
      "12 seconds",
      "1 minute 5 seconds",
      "1 hour",
    ]);
  });

  it("names a slot and an instant in the show's own zone", () => {
    expect(slotName({ weekday: 0, time: "07:00" })).toBe("Monday 7:00");
    expect(dayAndTime("2026-11-26T23:30:00Z", "Europe/Berlin")).toBe("Friday 27 November, 0:30");
  });
});

describe("files in words", () => {
  it("counts as file managers do", () => {
    expect([400, 850_000, 43_200_000, 1_500_000_000].map(fileSize)).toEqual(["1 kB", "850 kB", "43 MB", "1.5 GB"]);
  });

  it("makes a title of a file name", () => {
    expect(["ep60_final.wav", "Ms. Hale.mp3", "plain"].map(titleFromFileName)).toEqual(["ep60 final", "Ms. Hale", "plain"]);
  });
});

describe("the main button", () => {
  it("is named by its result", () => {
    const show = madeShow();
    expect(publishButton("slot", show, false)).toBe("Publish Thursday 7:00 when ready");
    expect(publishButton("slot", show, true)).toBe("Publish Thursday 7:00");
    expect(publishButton("now", show, false)).toBe("Publish when ready");
    expect(publishButton("not_yet", show, true)).toBe("Keep as a draft");
  });

  it("offers no slot where none is set", () => {
    expect(publishChoices(madeShow({ slot: null }), false)[1]).toMatchObject({ value: "slot", disabled: true });
  });
});
