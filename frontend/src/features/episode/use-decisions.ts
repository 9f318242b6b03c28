/** Switching cuts on and off: shown at once, sent one after another, taken back with Undo. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useRef, useState } from "react";

import { episodeQuery } from "@/api/episodes";
import { isStale } from "@/api/errors";
import { decide, proposalsQuery } from "@/api/transcripts";
import type { Decision, Episode } from "@/api/types";

import { withDecisions } from "./proposal-words";

export type Decisions = Readonly<Record<string, Decision>>;

export interface DecisionDesk {
  saving: boolean;
  error: unknown;
  /** True when another window changed the same edit; what is shown now is theirs. */
  editedElsewhere: boolean;
  canUndo: boolean;
  decideAll: (decisions: Decisions) => void;
  undo: () => void;
}

export function useDecisions(episode: Episode) {
  const queries = useQueryClient();
  const key = proposalsQuery(episode.id).queryKey;
  const proposals = useQuery({ ...proposalsQuery(episode.id), enabled: episode.transcript !== null });
  const [pending, setPending] = useState(0);
  const [error, setError] = useState<unknown>(null);
  const [editedElsewhere, setEditedElsewhere] = useState(false);
  const [history, setHistory] = useState<Decisions[]>([]);
  const line = useRef<Promise<void>>(Promise.resolve());

  const send = useCallback(
    async (decisions: Decisions) => {
      const episodeKey = episodeQuery(episode.id).queryKey;
      try {
        const version = queries.getQueryData(episodeKey)?.edit_list_version ?? episode.edit_list_version;
        const { version: next } = await decide(episode.id, version, decisions);
        queries.setQueryData(episodeKey, (known) =>
          known && {
            ...known,
            edit_list_version: next,
            rendition: known.rendition && { ...known.rendition, outdated: known.rendition.edit_list_version !== next },
          },
        );
      } catch (failure) {
        setError(failure);
        setEditedElsewhere(isStale(failure));
        setHistory([]);
        await queries.invalidateQueries({ queryKey: episodeKey });
      }
    },
    [queries, episode.id, episode.edit_list_version],
  );

  const apply = useCallback(
    (decisions: Decisions) => {
      if (Object.keys(decisions).length === 0) return;
      setError(null);
      setEditedElsewhere(false);
      void queries.cancelQueries({ queryKey: key });
      queries.setQueryData(key, (known) => known && withDecisions(known, decisions));
      setPending((count) => count + 1);
      // One at a time: each decision names the version that the one before it made.
      line.current = line.current.then(() => send(decisions)).finally(() => setPending((count) => count - 1));
    },
    [queries, key, send],
  );

  const decideAll = (decisions: Decisions) => {
    const before = Object.fromEntries(
      (proposals.data ?? [])
        .filter(({ id }) => decisions[id] !== undefined)
        .map(({ id, cut }) => [id, cut ? "cut" : "keep"] as const),
    );
    setHistory((steps) => [...steps, before]);
    apply(decisions);
  };

  const undo = () => {
    const last = history.at(-1);
    if (last === undefined) return;
    setHistory((steps) => steps.slice(0, -1));
    apply(last);
  };

  const desk: DecisionDesk = {
    saving: pending > 0,
    error,
    editedElsewhere,
    canUndo: history.length > 0,
    decideAll,
    undo,
  };
  return { proposals, desk };
}
