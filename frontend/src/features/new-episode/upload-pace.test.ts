import { describe, expect, it } from "vitest";

import { paceSentence } from "./upload-pace";

const MB = 1_000_000;
const pace = { startedAt: 0, startedAtByte: 0 };

describe("how fast an upload goes", () => {
  it("is silent for three seconds", () => {
    expect(paceSentence(pace, 2_999, 6 * MB, 600 * MB)).toBeNull();
    expect(paceSentence(pace, 3_000, 6 * MB, 600 * MB)).toBe("2 MB a second, about 5 minutes left");
  });

  it("counts only what was sent this time", () => {
    expect(paceSentence({ startedAt: 0, startedAtByte: 300 * MB }, 10_000, 310 * MB, 340 * MB)).toBe(
      "1 MB a second, about 30 seconds left",
    );
  });

  it("speaks of a few seconds at the end, and of nothing while nothing moves", () => {
    expect(paceSentence(pace, 5_000, 99 * MB, 100 * MB)).toBe("20 MB a second, a few seconds left");
    expect(paceSentence(pace, 5_000, 0, 100 * MB)).toBeNull();
  });
});
