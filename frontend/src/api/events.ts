/** One stream of events per tab, for all of a person's work: browsers allow six connections per host. */
import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";

import { applyOperationEvent } from "./operations";
import type { Operation } from "./types";

const REOPEN_MS = 10_000;

/** Listens while mounted. A refused stream is asked for again after ten seconds; polling covers the gap. */
export function useEventStream(): void {
  const queries = useQueryClient();
  useEffect(() => {
    if (typeof EventSource === "undefined") return undefined;
    let stream: EventSource | null = null;
    let timer: ReturnType<typeof setTimeout> | undefined;

    const open = () => {
      stream = new EventSource("/api/events");
      stream.addEventListener("operation", (event: MessageEvent<string>) => {
        applyOperationEvent(queries, JSON.parse(event.data) as Operation, Date.now());
      });
      stream.addEventListener("error", () => {
        if (stream?.readyState === EventSource.CLOSED) timer = setTimeout(open, REOPEN_MS);
      });
    };

    open();
    return () => {
      clearTimeout(timer);
      stream?.close();
    };
  }, [queries]);
}
