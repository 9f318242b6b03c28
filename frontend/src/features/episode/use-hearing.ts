/** Hearing how a cut sounds before the episode is made: one at a time, started and stopped by its button. */
import { useCallback, useEffect, useRef, useState } from "react";

import { hearCut } from "@/api/transcripts";
import type { Proposal } from "@/api/types";

export interface HearingDesk {
  /** The proposal whose sound is fetched or heard, if any. */
  id: string | null;
  /** True until its sound is there. */
  fetching: boolean;
  error: unknown;
  toggle: (proposal: Proposal) => void;
}

export function useHearing(episodeId: string): HearingDesk {
  const [id, setId] = useState<string | null>(null);
  const [fetching, setFetching] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const end = useRef<() => void>(() => undefined);

  const stop = useCallback(() => {
    end.current();
    end.current = () => undefined;
    setId(null);
    setFetching(false);
  }, []);

  useEffect(() => () => end.current(), []);

  // A player of the page that begins ends the hearing. Ours is no part of the page, so it is not caught here.
  useEffect(() => {
    document.addEventListener("play", stop, { capture: true });
    return () => document.removeEventListener("play", stop, { capture: true });
  }, [stop]);

  const start = async (proposal: Proposal) => {
    const waiting = new AbortController();
    end.current = () => waiting.abort();
    setId(proposal.id);
    setFetching(true);
    setError(null);
    try {
      const sound = await hearCut(episodeId, proposal, waiting.signal);
      if (waiting.signal.aborted) return;
      const address = URL.createObjectURL(sound);
      const player = new Audio(address);
      end.current = () => {
        player.pause();
        URL.revokeObjectURL(address);
      };
      player.addEventListener("ended", stop);
      setFetching(false);
      for (const other of document.querySelectorAll("audio")) other.pause();
      await player.play();
    } catch (failure) {
      if (waiting.signal.aborted || (failure instanceof DOMException && failure.name === "AbortError")) return;
      stop();
      setError(failure);
    }
  };

  const toggle = (proposal: Proposal) => {
    const same = id === proposal.id;
    stop();
    if (!same) void start(proposal);
  };

  return { id, fetching, error, toggle };
}
