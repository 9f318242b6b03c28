/** The words as readable text. Proposed cuts are marked in place; pressing one switches it. */
import { clsx } from "clsx";
import { Play } from "lucide-react";
import { memo, type MouseEvent, type ReactNode, type Ref, useMemo } from "react";

import type { Proposal, Word, Words } from "@/api/types";
import { clockTime, shortLength } from "@/shared/lib/format-time";

import { type Paragraph, paragraphsOf, type Piece, speakersOf } from "./paragraphs";
import { actionWords, canBeDone, KIND_WORDS } from "./proposal-words";

/** The place of a search that a word belongs to, by the word's number. */
type Marks = ReadonlyMap<number, number>;

const NO_MARKS: Marks = new Map();

interface CutMarkProps {
  proposal: Proposal;
  /** Its words; a pause has none. */
  children: ReactNode;
  onSwitch: (proposal: Proposal) => void;
}

/** Struck and hatched when it goes; underlined with dots when it stays. The word for it is read out as well.
 *
 * A real button cannot break across lines as a sentence must, so this is a span with a button's role and keys. */
function CutMark({ proposal, children, onSwitch }: CutMarkProps) {
  const pause = children === null;
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
      {pause ? `${shortLength(proposal.end_ms - proposal.start_ms)} pause` : children}{" "}
      <span className="sr-only">
        ({KIND_WORDS[proposal.kind].one}, {proposal.cut ? actionWords(proposal).done : "kept"}, at {clockTime(proposal.start_ms)})
      </span>
    </span>
  );
}

interface Found {
  marks: Marks;
  current: number;
}

/** Each word has its number, so that a press on it, or the sound, finds it. */
function WordsText({ words, marks, current }: Found & { words: readonly Word[] }) {
  const runs: { place: number | undefined; words: Word[] }[] = [];
  for (const word of words) {
    const place = marks.get(word.id);
    const last = runs.at(-1);
    if (last && last.place === place) last.words.push(word);
    else runs.push({ place, words: [word] });
  }
  return runs.map(({ place, words: some }, index) => {
    const text = some.map((word, at) => (
      <span key={word.id} data-word={word.id}>
        {at > 0 ? " " : ""}
        {word.text}
      </span>
    ));
    const space = index > 0 ? " " : "";
    const key = some[0]?.id;
    if (place === undefined) return <span key={key}>{[space, ...text]}</span>;
    return (
      <span key={key}>
        {space}
        <mark className={clsx("is-found", place === current && "is-current")}>{text}</mark>
      </span>
    );
  });
}

interface PieceTextProps extends Found {
  piece: Piece;
  onSwitch: (proposal: Proposal) => void;
}

function PieceText({ piece, marks, current, onSwitch }: PieceTextProps) {
  const text = piece.words.length > 0 ? <WordsText words={piece.words} marks={marks} current={current} /> : null;
  if (piece.proposal === null) return <>{text} </>;
  return (
    <>
      <CutMark proposal={piece.proposal} onSwitch={onSwitch}>
        {text}
      </CutMark>{" "}
    </>
  );
}

interface ParagraphTextProps extends Found {
  paragraph: Paragraph;
  voice: number;
  name: string | null;
  onSwitch: (proposal: Proposal) => void;
  onPlay: (fromMs: number) => void;
}

const ParagraphText = memo(function ParagraphText(props: ParagraphTextProps) {
  const { paragraph, voice, name, onSwitch, onPlay } = props;
  return (
    <section className="grid gap-x-5 [contain-intrinsic-size:auto_12rem] [content-visibility:auto] md:grid-cols-[6.5rem_minmax(0,1fr)]">
      <p className="flex items-center gap-x-3 text-small text-soft md:flex-col md:items-end">
        {name ? (
          <span className={clsx("font-semibold md:pt-1", voice % 2 === 0 ? "text-voice-1" : "text-voice-2")}>
            <span aria-hidden>{voice % 2 === 0 ? "● " : "◆ "}</span>
            {name}
          </span>
        ) : null}
        <button
          type="button"
          onClick={() => onPlay(paragraph.startMs)}
          aria-label={`Hear it from ${clockTime(paragraph.startMs)}`}
          className="inline-flex min-h-11 min-w-11 items-center gap-1 rounded-control px-1 tabular-nums hover:bg-pine-wash hover:text-pine md:justify-end"
        >
          <Play aria-hidden className="size-4" />
          {clockTime(paragraph.startMs)}
        </button>
      </p>
      <p className="max-w-[68ch] font-reading text-body leading-[1.85] md:pt-1">
        {paragraph.pieces.map((piece, index) => (
          <PieceText
            key={`${piece.proposal?.id ?? ""} ${piece.words[0]?.id ?? `pause ${index}`}`}
            piece={piece}
            marks={props.marks}
            current={props.current}
            onSwitch={onSwitch}
          />
        ))}
      </p>
    </section>
  );
});

interface TranscriptProps extends Found {
  words: Words;
  names: Readonly<Record<string, string>>;
  proposals: readonly Proposal[];
  onSwitch: (proposal: Proposal) => void;
  onPlay: (fromMs: number) => void;
  ref: Ref<HTMLDivElement>;
}

/** What a paragraph must know of a search: nothing, unless something was found in it, so that it is not drawn again. */
function foundIn(paragraph: Paragraph, { marks, current }: Found): Found {
  const places = paragraph.pieces.flatMap(({ words }) => words.map(({ id }) => marks.get(id)));
  if (marks.size === 0 || places.every((place) => place === undefined)) return { marks: NO_MARKS, current: -1 };
  return { marks, current: places.includes(current) ? current : -1 };
}

export function Transcript({ words, names, proposals, marks, current, onSwitch, onPlay, ref }: TranscriptProps) {
  const paragraphs = useMemo(() => paragraphsOf(words.words, proposals), [words, proposals]);
  const speakers = useMemo(() => speakersOf(words.words), [words]);
  if (paragraphs.length === 0) return <p className="text-soft">No words were heard in this recording.</p>;

  /** The time beside a paragraph, and the search, do the same for those who use no mouse. */
  const playWord = (event: MouseEvent) => {
    const word = event.target instanceof Element ? event.target.closest("[data-word]") : null;
    if (word === null || word.closest("[role=button]") !== null || getSelection()?.isCollapsed === false) return;
    const said = words.words[Number(word.getAttribute("data-word"))];
    if (said !== undefined) onPlay(said.start_ms);
  };
  return (
    <div ref={ref} onClick={playWord} className="flex flex-col gap-6">
      {paragraphs.map((paragraph) => (
        <ParagraphText
          key={paragraph.startMs}
          paragraph={paragraph}
          voice={Math.max(0, speakers.indexOf(paragraph.speaker ?? ""))}
          name={speakers.length > 1 && paragraph.speaker ? (names[paragraph.speaker] ?? paragraph.speaker) : null}
          {...foundIn(paragraph, { marks, current })}
          onSwitch={onSwitch}
          onPlay={onPlay}
        />
      ))}
    </div>
  );
}
