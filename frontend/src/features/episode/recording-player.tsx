/** The recording as it was said, from any word on; what is said is marked in the text as it goes by. */
import { X } from "lucide-react";
import { type RefObject, useEffect, useRef, useState } from "react";

import { recordingUrl } from "@/api/media";
import type { Word } from "@/api/types";
import { clockTime } from "@/shared/lib/format-time";
import { Button } from "@/shared/ui/button";

import { wordAt } from "./search";

/** Where it was last wanted from; each wish is a new one, also from the same place. */
export interface Wish {
  fromMs: number;
}

interface RecordingPlayerProps {
  recordingId: string;
  words: readonly Word[];
  wish: Wish;
  /** Holds the words, each with its number. */
  text: RefObject<HTMLElement | null>;
  onClose: () => void;
}

/** The mark moves without a render of React's: the text is long. */
function useSpokenMark(words: readonly Word[], text: RefObject<HTMLElement | null>) {
  const marked = useRef<Element | null>(null);
  const starts = useRef<number[]>([]);
  useEffect(() => {
    starts.current = words.map(({ start_ms: start }) => start);
  }, [words]);
  useEffect(() => () => marked.current?.classList.remove("is-spoken"), []);
  return (ms: number) => {
    const found = text.current?.querySelector(`[data-word="${wordAt(starts.current, ms)}"]`) ?? null;
    if (found === marked.current) return;
    marked.current?.classList.remove("is-spoken");
    found?.classList.add("is-spoken");
    marked.current = found;
  };
}

export function RecordingPlayer({ recordingId, words, wish, text, onClose }: RecordingPlayerProps) {
  const audio = useRef<HTMLAudioElement>(null);
  const [broken, setBroken] = useState(false);
  const mark = useSpokenMark(words, text);

  useEffect(() => {
    const element = audio.current;
    if (element === null) return;
    for (const other of document.querySelectorAll("audio")) if (other !== element) other.pause();
    element.currentTime = wish.fromMs / 1000;
    element.play().catch((failure: unknown) => {
      if (!(failure instanceof DOMException && failure.name === "AbortError")) setBroken(true);
    });
  }, [wish]);

  return (
    <div role="group" aria-label="Your recording" className="flex flex-wrap items-center gap-2">
      <audio
        ref={audio}
        controls
        src={recordingUrl(recordingId)}
        aria-label={`Your recording, from ${clockTime(wish.fromMs)}`}
        onTimeUpdate={(event) => mark(event.currentTarget.currentTime * 1000)}
        onError={() => setBroken(true)}
        className="h-11 min-w-0 grow basis-56"
      />
      <Button icon={X} className="px-3!" onClick={onClose} aria-label="Close the recording">
        Close
      </Button>
      {broken ? (
        <p role="alert" className="w-full text-small font-semibold text-cut">
          Your browser cannot play this kind of recording. The finished episode, and each cut, can be heard all the same.
        </p>
      ) : null}
    </div>
  );
}
