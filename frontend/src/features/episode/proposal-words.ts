/** What a proposal is, in plain words, and what all the cuts together come to. Pure. */
import type { Stretch } from "@/api/transcripts";
import type { Decision, Proposal, ProposalKind } from "@/api/types";

interface KindWords {
  one: string;
  many: string;
  cutAll: string;
  keepAll: string;
}

export const KIND_WORDS: Record<ProposalKind, KindWords> = {
  flubber: { one: "Restarted sentence", many: "restarted sentences", cutAll: "Cut all restarts", keepAll: "Keep all restarts" },
  filler: { one: "Um or er", many: "ums and ers", cutAll: "Cut all ums and ers", keepAll: "Keep all ums and ers" },
  long_pause: { one: "Long pause", many: "long pauses", cutAll: "Cut all long pauses", keepAll: "Keep all long pauses" },
  censor: {
    one: "Word to cover",
    many: "words to cover",
    cutAll: "Cover all of them",
    keepAll: "Leave all of them in",
  },
  repeat: { one: "Said twice", many: "words said twice", cutAll: "Cut all said twice", keepAll: "Keep all said twice" },
};

export const KINDS: readonly ProposalKind[] = ["censor", "flubber", "repeat", "filler", "long_pause"];

/** "34 long pauses", "1 long pause". */
export function countOf(kind: ProposalKind, count: number): string {
  return count === 1 ? `1 ${KIND_WORDS[kind].one.toLowerCase()}` : `${count} ${KIND_WORDS[kind].many}`;
}

/** What is done about a proposal, in the words of a button, of a label and of a sentence. */
export interface ActionWords {
  press: string;
  done: string;
  hear: string;
}

export const actionWords = ({ cover }: Pick<Proposal, "cover">): ActionWords =>
  cover === null
    ? { press: "Cut", done: "cut", hear: "Hear it cut" }
    : { press: "Cover", done: cover === "beep" ? "covered with a beep" : "covered with silence", hear: "Hear it covered" };

/** Milliseconds that the cuts take out; where two overlap, the time counts once. What is covered keeps its time. */
export function cutMs(proposals: readonly Proposal[]): number {
  let total = 0;
  let until = 0;
  for (const { start_ms: start, end_ms: end } of proposals
    .filter(({ cut, cover }) => cut && cover === null)
    .sort((one, other) => one.start_ms - other.start_ms)) {
    total += Math.max(0, end - Math.max(start, until));
    until = Math.max(until, end);
  }
  return total;
}

/** The proposals as they will be once the decisions have arrived. */
export function withDecisions(
  proposals: readonly Proposal[],
  decisions: Readonly<Record<string, Decision>>,
): Proposal[] {
  return proposals.map((proposal) => {
    const decision = decisions[proposal.id];
    if (decision === undefined) return proposal;
    // What is kept lies where it was found: its own edges go with its cut.
    const place = decision === "keep" ? { start_ms: proposal.found_start_ms, end_ms: proposal.found_end_ms } : {};
    return { ...proposal, ...place, decision, cut: decision === "cut" };
  });
}

/** The proposals as they will be once the edges of one have arrived; whoever moves them wants it cut. */
export const withEdges = (proposals: readonly Proposal[], id: string, edges: Stretch): Proposal[] =>
  proposals.map((proposal) => (proposal.id === id ? { ...proposal, ...edges, decision: "cut", cut: true } : proposal));
