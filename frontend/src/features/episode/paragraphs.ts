/** The transcript as one reads it: paragraphs of words, with each proposed cut as one piece. Pure. */
import type { Proposal, Word } from "@/api/types";

/** A silence this long, or a change of voice, starts a new paragraph; so does a full stop after this many words. */
const PAUSE_MS_MIN = 1_500;
const WORDS_COMFORTABLE = 70;

/** A run of plain words, or the words of one proposal (none for a pause). */
export interface Piece {
  proposal: Proposal | null;
  words: Word[];
}

export interface Paragraph {
  startMs: number;
  speaker: string | null;
  pieces: Piece[];
}

const inside = (word: Word, proposal: Proposal): boolean => {
  const middle = (word.start_ms + word.end_ms) / 2;
  return middle >= proposal.start_ms && middle < proposal.end_ms;
};

const endsSentence = (word: Word | undefined): boolean => /[.!?…]["”’)]?$/.test(word?.text ?? "");

/** A voice is known only where the words name one; one voice alone is not worth naming. */
export function speakersOf(words: readonly Word[]): string[] {
  return [...new Set(words.flatMap(({ speaker }) => (speaker === null ? [] : [speaker])))];
}

export function paragraphsOf(words: readonly Word[], proposals: readonly Proposal[]): Paragraph[] {
  const paragraphs: Paragraph[] = [];
  const waiting = [...proposals].sort((one, other) => one.start_ms - other.start_ms);
  let current: Paragraph | null = null;
  let count = 0;
  let before: Word | undefined;

  const place = (proposal: Proposal | null, word: Word | null, startMs: number, speaker: string | null) => {
    current ??= { startMs, speaker, pieces: [] };
    const last = current.pieces.at(-1);
    if (last && last.proposal === proposal && word) last.words.push(word);
    else current.pieces.push({ proposal, words: word ? [word] : [] });
  };
  const close = () => {
    if (current) paragraphs.push(current);
    current = null;
    count = 0;
  };

  let active: Proposal | null = null;
  for (const word of words) {
    if (active && !inside(word, active)) active = null;
    const spans = active !== null;
    const gap = before ? word.start_ms - before.end_ms : 0;
    const turn = before !== undefined && word.speaker !== before.speaker;
    if (!spans && (turn || gap >= PAUSE_MS_MIN || (count >= WORDS_COMFORTABLE && endsSentence(before)))) {
      // A pause between two paragraphs belongs to the end of the first.
      while (waiting[0] && waiting[0].end_ms <= word.start_ms) place(waiting.shift() ?? null, null, word.start_ms, null);
      close();
    }
    while (waiting[0] && waiting[0].start_ms <= word.start_ms && !inside(word, waiting[0])) {
      place(waiting.shift() ?? null, null, word.start_ms, word.speaker);
    }
    if (active === null && waiting[0] && inside(word, waiting[0])) active = waiting.shift() ?? null;
    place(active, word, word.start_ms, word.speaker);
    count += 1;
    before = word;
  }
  for (const proposal of waiting) place(proposal, null, proposal.start_ms, null);
  close();
  return paragraphs;
}
