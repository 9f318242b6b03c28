import { describe, expect, it } from "vitest";

import type { Proposal, Word } from "@/api/types";
import { madeProposal, madeWords } from "@/testing/made-up";

import { paragraphsOf, speakersOf } from "./paragraphs";
import { countOf, cutMs, withDecisions } from "./proposal-words";

const shape = (words: Word[], proposals: Proposal[] = []) =>
  paragraphsOf(words, proposals).map(({ pieces }) =>
    pieces.map((piece) => [piece.proposal?.id ?? "", piece.words.map(({ text }) => text).join(" ")]),
  );

describe("the transcript as paragraphs", () => {
  it("makes one piece of the words of a proposal", () => {
    const words = madeWords("We had um forty pounds");
    const um = madeProposal({ id: "um", kind: "filler", start_ms: 1_000, end_ms: 1_400 });
    expect(shape(words, [um])).toEqual([[["", "We had"], ["um", "um"], ["", "forty pounds"]]]);
  });

  it("puts a pause between the words where it is", () => {
    const words = madeWords("We had forty pounds");
    const pause = madeProposal({ id: "p", kind: "long_pause", start_ms: 900, end_ms: 1_000 });
    expect(shape(words, [pause])).toEqual([[["", "We had"], ["p", ""], ["", "forty pounds"]]]);
  });

  it("begins anew when the voice changes or falls silent", () => {
    const turn = madeWords("Hello there friend").map((word, index) => ({ ...word, speaker: index < 2 ? "Ann" : "Bob" }));
    expect(shape(turn)).toEqual([[["", "Hello there"]], [["", "friend"]]]);
    const silent = madeWords("Hello there friend").map((word, index) =>
      index < 2 ? word : { ...word, start_ms: word.start_ms + 2_000, end_ms: word.end_ms + 2_000 },
    );
    expect(shape(silent)).toEqual([[["", "Hello there"]], [["", "friend"]]]);
  });

  it("never tears a proposal apart and never loses a word or a proposal", () => {
    const words = madeWords("one two three four five six").map((word, index) =>
      index < 3 ? word : { ...word, start_ms: word.start_ms + 3_000, end_ms: word.end_ms + 3_000 },
    );
    const proposals = [
      madeProposal({ id: "f", kind: "flubber", start_ms: 500, end_ms: 4_950 }),
      madeProposal({ id: "end", kind: "long_pause", start_ms: 8_000, end_ms: 9_000 }),
    ];
    expect(shape(words, proposals)).toEqual([[["", "one"], ["f", "two three four"], ["", "five six"], ["end", ""]]]);
  });

  it("shows what goes before what stays, and the shorter of two", () => {
    const words = madeWords("one two three four five six");
    const wide = madeProposal({ id: "wide", kind: "long_pause", start_ms: 500, end_ms: 2_450 });
    const um = madeProposal({ id: "um", kind: "filler", start_ms: 1_500, end_ms: 1_900 });
    const split = [[["", "one"], ["wide", "two three"], ["um", "four"], ["wide", "five"], ["", "six"]]];
    expect(shape(words, [wide, um])).toEqual(split);
    expect(shape(words, [wide, { ...um, cut: true }])).toEqual(split);
    expect(shape(words, [{ ...wide, cut: true }, um])).toEqual([[["", "one"], ["wide", "two three four five"], ["", "six"]]]);
  });

  it("knows no voices where none are named", () => {
    expect(speakersOf(madeWords("a b"))).toEqual([]);
    expect(shape([])).toEqual([]);
  });
});

describe("what the cuts come to", () => {
  const cuts = [
    madeProposal({ id: "a", kind: "filler", start_ms: 1_000, end_ms: 2_000, cut: true }),
    madeProposal({ id: "b", kind: "flubber", start_ms: 1_500, end_ms: 4_000, cut: true }),
    madeProposal({ id: "c", kind: "repeat", start_ms: 9_000, end_ms: 9_500 }),
  ];

  it("counts overlapping time once and leaves out what stays", () => {
    expect(cutMs(cuts)).toBe(3_000);
    expect(cutMs(withDecisions(cuts, { c: "cut", b: "keep" }))).toBe(1_500);
  });

  it("is worded for one and for many", () => {
    expect([countOf("long_pause", 1), countOf("long_pause", 34)]).toEqual(["1 long pause", "34 long pauses"]);
  });
});
