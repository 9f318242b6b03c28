import { describe, expect, it } from "vitest";

import { readPeaks } from "@/api/peaks";
import { madeWords } from "@/testing/made-up";

import { isCramped, moveEdge, nearestPoint, outline, pausePoints, runsOf, viewAround } from "./edges";

const WHOLE = { startMs: 0, endMs: 10_000 };

/** A waveform file with one step for each 10 ms. */
function peaksFile(extremes: number[], { version = 2, flags = 1 } = {}): ArrayBuffer {
  const file = new ArrayBuffer(24 + extremes.length);
  const view = new DataView(file);
  view.setInt32(0, version, true);
  view.setUint32(4, flags, true);
  view.setInt32(8, 44_100, true);
  view.setInt32(12, 441, true);
  view.setUint32(16, extremes.length / 2, true);
  view.setInt32(20, 1, true);
  new Int8Array(file, 24).set(extremes);
  return file;
}

describe("an edge", () => {
  it("goes where it is moved, inside the recording and never past the other one", () => {
    const edges = { startMs: 1_000, endMs: 2_000 };
    expect(moveEdge(edges, "start", 1_050.4, WHOLE)).toEqual({ startMs: 1_050, endMs: 2_000 });
    expect(moveEdge(edges, "start", -50, WHOLE).startMs).toBe(0);
    expect(moveEdge(edges, "start", 5_000, WHOLE).startMs).toBe(1_980);
    expect(moveEdge(edges, "end", 99_000, WHOLE).endMs).toBe(10_000);
    expect(moveEdge(edges, "end", 0, WHOLE).endMs).toBe(1_020);
    expect(moveEdge(edges, "end", 0, { startMs: 1_500, endMs: 10_000 }).endMs).toBe(1_520);
  });

  it("finds the pauses on either side", () => {
    const points = pausePoints([
      { start_ms: 1_000, end_ms: 1_200 },
      { start_ms: 4_000, end_ms: 6_000 },
    ]);
    expect(points).toEqual([1_100, 4_150, 5_850]);
    expect(nearestPoint(points, 4_150, -1)).toBe(1_100);
    expect(nearestPoint(points, 4_150, 1)).toBe(5_850);
    expect(nearestPoint(points, 1_300, 0)).toBe(1_100);
    expect(nearestPoint(points, 1_100, -1)).toBeNull();
  });

  it("is always shown with room around it", () => {
    for (const edges of [{ startMs: 0, endMs: 300 }, { startMs: 5_000, endMs: 9_000 }, { startMs: 0, endMs: 60_000 }]) {
      const view = viewAround(edges);
      expect(isCramped(view, edges)).toBe(false);
      expect(isCramped(view, { ...edges, endMs: view.endMs })).toBe(true);
    }
  });
});

describe("the sound around it", () => {
  it("is read from the server's waveform, and anything else is refused", () => {
    const { perSecond, extremes } = readPeaks(peaksFile([-10, 20, -30, 40]));
    expect([perSecond, [...extremes]]).toEqual([100, [-10, 20, -30, 40]]);
    expect(() => readPeaks(peaksFile([0, 0], { version: 1 }))).toThrow(RangeError);
    expect(() => readPeaks(peaksFile([0, 0], { flags: 0 }))).toThrow(RangeError);
    expect(() => readPeaks(peaksFile([0, 0]).slice(0, 25))).toThrow(RangeError);
  });

  it("is as high as it is loud here, and flat where there is no recording", () => {
    const peaks = readPeaks(peaksFile([0, 0, -64, 64]));
    const path = outline(peaks, { startMs: -10, endMs: 20 }, 3);
    expect(path).toBe("M0 50L1 50L2 2L2 98L1 51L0 51Z");
  });
});

describe("the words around it", () => {
  it("are told apart by whether they lie inside", () => {
    const words = madeWords("We had um forty pounds");
    expect(runsOf(words, { startMs: 0, endMs: 2_000 }, { startMs: 900, endMs: 1_500 })).toEqual([
      { inside: false, text: "We had" },
      { inside: true, text: "um" },
      { inside: false, text: "forty" },
    ]);
  });
});
