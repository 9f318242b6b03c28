/** The words as readable text. Proposed cuts are marked in place; pressing one switches it. */
import { clsx } from "clsx";
import { memo, useMemo } from "react";

import type { Proposal, Words } from "@/api/types";
import { clockTime, shortLength } from "@/shared/lib/format-time";

import { type Paragraph, paragraphsOf, type Piece, speakersOf } from "./paragraphs";
import { actionWords, canBeDone, KIND_WORDS } from "./proposal-words";

interface CutMarkProps {
  proposal: Proposal;
  text: string;
  onSwitch: (proposal: Proposal) => void;
}

/** Struck and hatched when it goes; underlined with dots when it stays. The word for it is read out as well.
 *
 * A real button cannot break across lines as a sentence must, so this is a span with a button's role and keys. */
function CutMark({ proposal, text, onSwitch }: CutMarkProps) {
  const pause = text === "";
  const press = () => onSwitch(proposal);
  return (
    <span
      role="button"
      tabIndex={0}
      aria-pressed={proposal.cut}
      title={
        canBeDone(proposal)
          ? `${proposal.reason} Press to ${proposal.cut ? "keep it" : actionWords(proposal).doIt}.`
          : proposal.reason
      }
      onClick={press}
      onKeyDown={(event) => {
        if (event.key !== "Enter" && event.key !== " ") return;
        event.preventDefault();
        press();
      }}
      className={clsx(
        "cursor-pointer box-decoration-clone",
        pause
          ? "mx-1 rounded-control border px-2 py-0.5 font-interface text-small whitespace-nowrap"
          : "rounded-[4px] px-0.5 py-0.5",
        pause && (proposal.cut ? "border-cut" : "border-edge bg-card text-soft"),
        proposal.cut && "is-cut",
        !pause && !proposal.cut && "underline decoration-soft decoration-dotted decoration-2 underline-offset-6",
      )}
    >
      {pause ? `${shortLength(proposal.end_ms - proposal.start_ms)} pause` : text}{" "}
      <span className="sr-only">
        ({KIND_WORDS[proposal.kind].one}, {proposal.cut ? actionWords(proposal).done : "kept"}, at {clockTime(proposal.start_ms)})
      </span>
    </span>
  );
}

function PieceText({ piece, onSwitch }: { piece: Piece; onSwitch: (proposal: Proposal) => void }) {
  const text = piece.words.map((word) => word.text).join(" ");
  if (piece.proposal === null) return <>{text} </>;
  return (
    <>
      <CutMark proposal={piece.proposal} text={text} onSwitch={onSwitch} />{" "}
    </>
  );
}

interface ParagraphTextProps {
  paragraph: Paragraph;
  voice: number;
  name: string | null;
  onSwitch: (proposal: Proposal) => void;
}

const ParagraphText = memo(function ParagraphText({ paragraph, voice, name, onSwitch }: ParagraphTextProps) {
  return (
    <section className="grid gap-x-5 [contain-intrinsic-size:auto_12rem] [content-visibility:auto] md:grid-cols-[6.5rem_minmax(0,1fr)]">
      <p className="flex items-baseline gap-2 pt-1 text-small text-soft md:flex-col md:items-end md:gap-0">
        {name ? (
          <span className={clsx("font-semibold", voice % 2 === 0 ? "text-voice-1" : "text-voice-2")}>
            <span aria-hidden>{voice % 2 === 0 ? "● " : "◆ "}</span>
            {name}
          </span>
        ) : null}
        <span className="tabular-nums">{clockTime(paragraph.startMs)}</span>
      </p>
      <p className="max-w-[68ch] font-reading text-body leading-[1.85]">
        {paragraph.pieces.map((piece, index) => (
          <PieceText key={piece.proposal?.id ?? piece.words[0]?.id ?? index} piece={piece} onSwitch={onSwitch} />
        ))}
      </p>
    </section>
  );
});

interface TranscriptProps {
  words: Words;
  names: Readonly<Record<string, string>>;
  proposals: readonly Proposal[];
  onSwitch: (proposal: Proposal) => void;
}

export function Transcript({ words, names, proposals, onSwitch }: TranscriptProps) {
  const paragraphs = useMemo(() => paragraphsOf(words.words, proposals), [words, proposals]);
  const speakers = useMemo(() => speakersOf(words.words), [words]);
  if (paragraphs.length === 0) return <p className="text-soft">No words were heard in this recording.</p>;
  return (
    <div className="flex flex-col gap-6">
      {paragraphs.map((paragraph) => (
        <ParagraphText
          key={paragraph.startMs}
          paragraph={paragraph}
          voice={Math.max(0, speakers.indexOf(paragraph.speaker ?? ""))}
          name={speakers.length > 1 && paragraph.speaker ? (names[paragraph.speaker] ?? paragraph.speaker) : null}
          onSwitch={onSwitch}
        />
      ))}
    </div>
  );
}
