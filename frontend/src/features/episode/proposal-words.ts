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
  sound_cue: {
    one: "Sound called by a word",
    many: "sounds called by a word",
    cutAll: "Put all of them in",
    keepAll: "Keep all of the words",
  },
  repeat: { one: "Said twice", many: "words said twice", cutAll: "Cut all said twice", keepAll: "Keep all said twice" },
};

export const KINDS: readonly ProposalKind[] = ["sound_cue", "censor", "flubber", "repeat", "filler", "long_pause"];

/** "34 long pauses", "1 long pause". */
export function countOf(kind: ProposalKind, count: number): string {
  return count === 1 ? `1 ${KIND_WORDS[kind].one.toLowerCase()}` : `${count} ${KIND_WORDS[kind].many}`;
}

/** What is done about a proposal, in the words of a button, of a label and of a sentence. */
export interface ActionWords {
  press: string;
  doIt: string;
  done: string;
  hear: string;
  /** Of edges that are not saved yet. */
  hearEdges: string;
  saves: string;
}

export function actionWords({ kind, cover }: Pick<Proposal, "kind" | "cover">): ActionWords {
  if (kind === "sound_cue") {
    return {
      press: "Put it in",
      doIt: "put it in",
      done: "replaced by a sound",
      hear: "Hear it in place",
      hearEdges: "Hear it there",
      saves: "puts it in",
    };
  }
  if (cover === null) {
    return {
      press: "Cut",
      doIt: "cut it",
      done: "cut",
      hear: "Hear it cut",
      hearEdges: "Hear the joint",
      saves: "cuts it",
    };
  }
  return {
    press: "Cover",
    doIt: "cover it",
    done: cover === "beep" ? "covered with a beep" : "covered with silence",
    hear: "Hear it covered",
    hearEdges: "Hear it covered",
    saves: "covers it",
  };
}

/** What has been done about those of a kind that were accepted: "3 cut". */
export const doneWord = (kind: ProposalKind): string =>
  kind === "censor" ? "covered" : kind === "sound_cue" ? "put in" : "cut";

/** A sound that is not in the library any more cannot be put in. */
export const canBeDone = ({ kind, sound }: Proposal): boolean => kind !== "sound_cue" || sound !== null;

/** Milliseconds that the cuts take out; where two overlap, the time counts once. What is covered keeps its time, and
 * what a sound takes the place of is told by the sound. */
export function cutMs(proposals: readonly Proposal[]): number {
  let total = 0;
  let until = 0;
  for (const { start_ms: start, end_ms: end } of proposals
    .filter(({ kind, cut, cover }) => cut && cover === null && kind !== "sound_cue")
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
