/** Finding words in what was said, whatever their case, accents and punctuation. Pure. */
import type { Word } from "@/api/types";

/** From the first word of a place to its last, by their numbers in the transcript. */
export interface Place {
  first: number;
  last: number;
}

/** The whole transcript as one line to look through. */
export interface SearchText {
  line: string;
  /** Where in the line each word begins that has anything to find. */
  starts: readonly number[];
  /** The numbers of those words. */
  numbers: readonly number[];
}

const CHARACTERS_MIN = 2;
/** Letters that Unicode does not take apart into a plain one and its accent. */
const PLAIN: Readonly<Record<string, string>> = { ß: "ss", æ: "ae", œ: "oe", ø: "o", ł: "l", đ: "d", ð: "d", þ: "th", ı: "i" };

/** "Don’t, Élan!" becomes "dont elan". */
export const folded = (text: string): string =>
  text
    .toLowerCase()
    .normalize("NFKD")
    .replace(/[\p{M}'’ʼ]/gu, "")
    .replace(/[ßæœøłđðþı]/g, (letter) => PLAIN[letter] ?? letter)
    .replace(/[^\p{L}\p{N}]+/gu, " ")
    .trim();

export function searchTextOf(words: readonly Word[]): SearchText {
  const [parts, starts, numbers]: [string[], number[], number[]] = [[], [], []];
  let length = 0;
  words.forEach(({ text }, number) => {
    const part = folded(text);
    if (part === "") return;
    parts.push(part);
    starts.push(length);
    numbers.push(number);
    length += part.length + 1;
  });
  return { line: parts.join(" "), starts, numbers };
}

/** The last of the sorted values that is not above the limit. */
function indexAtMost(values: readonly number[], limit: number): number {
  let [low, high] = [0, values.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((values[middle] ?? 0) <= limit) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** Every place where the words of the query are said one after the other, in order; the ends of words may be missing. */
export function placesOf({ line, starts, numbers }: SearchText, query: string): Place[] {
  const wanted = folded(query);
  const places: Place[] = [];
  if (wanted.length < CHARACTERS_MIN) return places;
  for (let at = line.indexOf(wanted); at >= 0; at = line.indexOf(wanted, at + wanted.length)) {
    const first = numbers[indexAtMost(starts, at)];
    const last = numbers[indexAtMost(starts, at + wanted.length - 1)];
    if (first !== undefined && last !== undefined) places.push({ first, last });
  }
  return places;
}

/** The place that each word belongs to, by the word's number. Two places may share a word; the first counts. */
export function marksOf(places: readonly Place[]): ReadonlyMap<number, number> {
  const marks = new Map<number, number>();
  places.forEach(({ first, last }, place) => {
    for (let number = first; number <= last; number += 1) if (!marks.has(number)) marks.set(number, place);
  });
  return marks;
}

/** "3 places found". */
export function foundWords(query: string, count: number, current: number): string {
  if (folded(query).length < CHARACTERS_MIN) return "";
  if (count === 0) return "Not found";
  return `${count === 1 ? "1 place" : `${count} places`} found${count > 1 ? `, this is number ${current + 1}` : ""}`;
}

/** The word that is said at an instant, or the one before it; -1 before the first. */
export const wordAt = (starts: readonly number[], ms: number): number => indexAtMost(starts, ms);
