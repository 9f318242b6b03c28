/** Hearing a place before the episode is made: one at a time, started and stopped by its button. */
import { useCallback, useEffect, useRef, useState } from "react";

type FetchSound = (signal: AbortSignal) => Promise<Blob>;

export interface HearingDesk {
  /** What is fetched or heard, by the name that its button gave it, if anything. */
  id: string | null;
  /** True until its sound is there. */
  fetching: boolean;
  error: unknown;
  /** What could not be heard. */
  failed: string | null;
  toggle: (id: string, fetchSound: FetchSound) => void;
  stop: () => void;
}

export function useHearing(): HearingDesk {
  const [id, setId] = useState<string | null>(null);
  const [fetching, setFetching] = useState(false);
  const [failure, setFailure] = useState<{ id: string; error: unknown } | null>(null);
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

  const start = async (wanted: string, fetchSound: FetchSound) => {
    const waiting = new AbortController();
    end.current = () => waiting.abort();
    setId(wanted);
    setFetching(true);
    setFailure(null);
    try {
      const sound = await fetchSound(waiting.signal);
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
    } catch (error) {
      if (waiting.signal.aborted || (error instanceof DOMException && error.name === "AbortError")) return;
      stop();
      setFailure({ id: wanted, error });
    }
  };

  const toggle = (wanted: string, fetchSound: FetchSound) => {
    const same = id === wanted;
    stop();
    if (!same) void start(wanted, fetchSound);
  };

  return { id, fetching, error: failure?.error, failed: failure?.id ?? null, toggle, stop };
}
