import { describe, expect, it } from "vitest";

import { madeWords } from "@/testing/made-up";

import { folded, foundWords, marksOf, placesOf, searchTextOf, wordAt } from "./search";

const find = (sentence: string, query: string) =>
  placesOf(searchTextOf(madeWords(sentence)), query).map(({ first, last }) => [first, last]);

describe("finding words", () => {
  it("minds neither case nor accents nor punctuation", () => {
    expect(folded("Don’t, ÉLAN — Straße!")).toBe("dont elan strasse");
    expect(find("An ÉLAN, that élan. And elan", "Elan")).toEqual([[1, 1], [3, 3], [5, 5]]);
    expect(find("Øre, łódź and Æsop", "lodz")).toEqual([[1, 1]]);
    expect(find("we don't know", "dont know")).toEqual([[1, 2]]);
  });

  it("finds what is said in several words, over commas and lines", () => {
    expect(find("a house of cards, a house of\nbricks", "house  of")).toEqual([[1, 2], [5, 6]]);
    expect(find("a well-known man", "well known man")).toEqual([[1, 2]]);
    expect(find("forty pounds", "ty pou")).toEqual([[0, 1]]);
    expect(find("forty pounds", "pounds forty")).toEqual([]);
  });

  it("finds a place once, and passes over what is no word", () => {
    expect(find("na na na na", "na na")).toEqual([[0, 1], [2, 3]]);
    expect(find("one — two", "one two")).toEqual([[0, 2]]);
    expect(find("— one", "one")).toEqual([[1, 1]]);
  });

  it("waits for two letters", () => {
    expect(find("a banana", "a")).toEqual([]);
    expect(find("a banana", "  ")).toEqual([]);
    expect(find("", "one")).toEqual([]);
  });

  it("marks every word of a place", () => {
    const marks = marksOf(placesOf(searchTextOf(madeWords("we had forty pounds, forty")), "forty po"));
    expect([...marks]).toEqual([[2, 0], [3, 0]]);
  });

  it("says in words what it found", () => {
    expect(foundWords("x", 0, 0)).toBe("");
    expect(foundWords("xyz", 0, 0)).toBe("Not found");
    expect(foundWords("xyz", 1, 0)).toBe("1 place found");
    expect(foundWords("xyz", 3, 1)).toBe("3 places found, this is number 2");
  });

  it("knows which word is said at an instant", () => {
    expect([0, 499, 500, 9_000].map((ms) => wordAt([100, 500, 1_000], ms))).toEqual([-1, 0, 1, 2]);
  });

  it("is quick in three hours of talk", () => {
    const words = madeWords(Array.from({ length: 26_000 }, (_, at) => `word${at % 500}`).join(" "));
    const text = searchTextOf(words);
    const began = performance.now();
    expect(placesOf(text, "word7 word8")).toHaveLength(52);
    expect(performance.now() - began).toBeLessThan(200);
  });
});
