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

const middleOf = ({ start_ms: start, end_ms: end }: Word): number => (start + end) / 2;

const endsSentence = (word: Word | undefined): boolean => /[.!?…]["”’)]?$/.test(word?.text ?? "");

/** A voice is known only where the words name one; one voice alone is not worth naming. */
export function speakersOf(words: readonly Word[]): string[] {
  return [...new Set(words.flatMap(({ speaker }) => (speaker === null ? [] : [speaker])))];
}

/** Of the proposals that hold each word, the one that counts: what goes before what stays, then the shortest. */
function ownersOf(words: readonly Word[], proposals: readonly Proposal[]): (Proposal | null)[] {
  const coming = [...proposals].sort((one, other) => one.start_ms - other.start_ms);
  let open: Proposal[] = [];
  const length = ({ start_ms: start, end_ms: end }: Proposal) => end - start;
  return words.map((word) => {
    const middle = middleOf(word);
    while (coming[0] && coming[0].start_ms <= middle) open.push(coming.shift() as Proposal);
    open = open.filter(({ end_ms: end }) => end > middle);
    return open.reduce<Proposal | null>((best, one) => {
      if (best === null || (one.cut && !best.cut)) return one;
      return one.cut === best.cut && length(one) < length(best) ? one : best;
    }, null);
  });
}

function proposalsWithWords(words: readonly Word[], proposals: readonly Proposal[]): Proposal[] {
  const coming = [...proposals].sort((one, other) => one.start_ms - other.start_ms);
  const found: Proposal[] = [];
  let from = 0;
  for (const proposal of coming) {
    while (from < words.length && middleOf(words[from] as Word) < proposal.start_ms) from += 1;
    const next = words[from];
    if (next !== undefined && middleOf(next) < proposal.end_ms) found.push(proposal);
  }
  return found;
}

export function paragraphsOf(words: readonly Word[], proposals: readonly Proposal[]): Paragraph[] {
  const paragraphs: Paragraph[] = [];
  const owners = ownersOf(words, proposals);
  // One that holds words stands where they are, or under another one that counts; a pause stands between words.
  const held = new Set(proposalsWithWords(words, proposals));
  const waiting = proposals
    .filter((proposal) => !held.has(proposal))
    .sort((one, other) => one.start_ms - other.start_ms);
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

  for (const [at, word] of words.entries()) {
    const owner = owners[at] ?? null;
    const spans = owner !== null && owner === owners[at - 1];
    const gap = before ? word.start_ms - before.end_ms : 0;
    const turn = before !== undefined && word.speaker !== before.speaker;
    if (!spans && (turn || gap >= PAUSE_MS_MIN || (count >= WORDS_COMFORTABLE && endsSentence(before)))) {
      // A pause between two paragraphs belongs to the end of the first.
      while (waiting[0] && waiting[0].end_ms <= word.start_ms) place(waiting.shift() ?? null, null, word.start_ms, null);
      close();
    }
    while (waiting[0] && waiting[0].start_ms <= word.start_ms) {
      place(waiting.shift() ?? null, null, word.start_ms, word.speaker);
    }
    place(owner, word, word.start_ms, word.speaker);
    count += 1;
    before = word;
  }
  for (const proposal of waiting) place(proposal, null, proposal.start_ms, null);
  close();
  return paragraphs;
}
