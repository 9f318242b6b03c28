/** A field that finds words in what was said, with the way from one place to the next. */
import { ChevronDown, ChevronUp, Play } from "lucide-react";
import { useDeferredValue, useMemo, useState } from "react";

import type { Word } from "@/api/types";
import { Button } from "@/shared/ui/button";
import { TextField } from "@/shared/ui/field";

import { foundWords, type Place, placesOf, searchTextOf } from "./search";

export interface SearchDesk {
  query: string;
  places: readonly Place[];
  current: number;
  type: (query: string) => void;
  /** To the next place (1) or the one before (-1), around the ends. */
  step: (by: 1 | -1) => void;
}

export function useSearch(words: readonly Word[]): SearchDesk {
  const [query, setQuery] = useState("");
  const [current, setCurrent] = useState(0);
  const looked = useDeferredValue(query);
  const text = useMemo(() => searchTextOf(words), [words]);
  const places = useMemo(() => placesOf(text, looked), [text, looked]);
  return {
    query: looked,
    places,
    current,
    type: (typed) => {
      setQuery(typed);
      setCurrent(0);
    },
    step: (by) => setCurrent((now) => (places.length === 0 ? 0 : (now + by + places.length) % places.length)),
  };
}

interface TranscriptSearchProps {
  desk: SearchDesk;
  onPlay: () => void;
}

export function TranscriptSearch({ desk, onPlay }: TranscriptSearchProps) {
  const { places, current } = desk;
  return (
    <form
      role="search"
      aria-label="What was said"
      className="flex flex-wrap items-end gap-x-3 gap-y-2"
      onSubmit={(event) => {
        event.preventDefault();
        desk.step(1);
      }}
    >
      <div className="min-w-48 grow basis-56">
        <TextField
          label="Find words"
          type="search"
          autoComplete="off"
          enterKeyHint="search"
          onChange={(event) => desk.type(event.target.value)}
          onKeyDown={(event) => {
            if (event.key !== "Enter" || !event.shiftKey) return;
            event.preventDefault();
            desk.step(-1);
          }}
        />
      </div>
      {places.length > 0 ? (
        <span className="grid grow grid-cols-3 gap-2 sm:grow-0">
          <Button icon={ChevronUp} className="px-2!" aria-label="Previous place" onClick={() => desk.step(-1)}>
            Previous
          </Button>
          <Button type="submit" icon={ChevronDown} className="px-2!" aria-label="Next place">
            Next
          </Button>
          <Button icon={Play} className="px-2!" onClick={onPlay}>
            Hear it
          </Button>
        </span>
      ) : null}
      <p role="status" className="w-full text-small text-soft empty:hidden">
        {foundWords(desk.query, places.length, current)}
      </p>
    </form>
  );
}
