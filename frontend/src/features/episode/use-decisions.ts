/** Switching cuts on and off: shown at once, sent one after another, taken back with Undo, which the server remembers. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useRef, useState } from "react";

import { episodeQuery } from "@/api/episodes";
import { isStale } from "@/api/errors";
import {
  changeEdges,
  decide,
  editHistoryQuery,
  internsQuery,
  proposalsQuery,
  redoEdit,
  type Stretch,
  undoEdit,
} from "@/api/transcripts";
import type { Decision, EditList, Episode } from "@/api/types";

import { withDecisions, withEdges } from "./proposal-words";

export type Decisions = Readonly<Record<string, Decision>>;

export interface DecisionDesk {
  saving: boolean;
  error: unknown;
  /** True when another window changed the same edit; what is shown now is theirs. */
  editedElsewhere: boolean;
  canUndo: boolean;
  canRedo: boolean;
  decideAll: (decisions: Decisions) => void;
  setEdges: (proposalId: string, edges: Stretch) => void;
  undo: () => void;
  redo: () => void;
}

export function useDecisions(episode: Episode) {
  const queries = useQueryClient();
  const key = proposalsQuery(episode.id).queryKey;
  const proposals = useQuery({ ...proposalsQuery(episode.id), enabled: episode.transcript !== null });
  const [pending, setPending] = useState(0);
  const [error, setError] = useState<unknown>(null);
  const [editedElsewhere, setEditedElsewhere] = useState(false);
  const historyKey = editHistoryQuery(episode.id).queryKey;
  const history = useQuery({ ...editHistoryQuery(episode.id), enabled: episode.transcript !== null });
  const line = useRef<Promise<void>>(Promise.resolve());
  const waiting = useRef(0);
  /** True while the cuts that are shown may be others than those that the server has. */
  const unsure = useRef(false);

  const send = useCallback(
    async (change: (version: number) => Promise<EditList>, isNew: boolean) => {
      const episodeKey = episodeQuery(episode.id).queryKey;
      const internsKey = internsQuery(episode.id).queryKey; // answers are steps, too
      const refetch = (queryKey: readonly unknown[]) => queries.invalidateQueries({ queryKey, exact: true });
      try {
        const version = queries.getQueryData(episodeKey)?.edit_list_version ?? episode.edit_list_version;
        const { version: next } = await change(version);
        queries.setQueryData(episodeKey, (known) => known && { ...known, edit_list_version: next });
        if (isNew) queries.setQueryData(historyKey, { version: next, can_undo: true, can_redo: false });
        else unsure.current = true;
      } catch (failure) {
        setError(failure);
        setEditedElsewhere(isStale(failure));
        unsure.current = true;
        await refetch(episodeKey); // the next change in the line needs the version
      }
      // Not before the last: what the server has now would take those choices off the screen that are still to be sent.
      if (waiting.current > 1) return;
      await Promise.all((unsure.current ? [episodeKey, key, historyKey, internsKey] : [episodeKey]).map(refetch));
      // Whoever chose in the meantime has stopped the fetch, so that it is done again after that choice.
      if (waiting.current === 1) unsure.current = false;
    },
    [queries, episode.id, episode.edit_list_version, key, historyKey],
  );

  const enqueue = useCallback(
    (change: (version: number) => Promise<EditList>, isNew: boolean) => {
      setError(null);
      setEditedElsewhere(false);
      void queries.cancelQueries({ queryKey: key });
      waiting.current += 1;
      setPending(waiting.current);
      // One at a time: each change names the version that the one before it made.
      line.current = line.current
        .then(() => send(change, isNew))
        .finally(() => {
          waiting.current -= 1;
          setPending(waiting.current);
        });
    },
    [queries, key, send],
  );

  const decideAll = (decisions: Decisions) => {
    if (Object.keys(decisions).length === 0) return;
    enqueue((version) => decide(episode.id, version, decisions), true);
    queries.setQueryData(key, (known) => known && withDecisions(known, decisions));
  };

  const setEdges = (proposalId: string, edges: Stretch) => {
    enqueue((version) => changeEdges(episode.id, proposalId, version, edges), true);
    queries.setQueryData(key, (known) => known && withEdges(known, proposalId, edges));
  };

  const desk: DecisionDesk = {
    saving: pending > 0,
    error,
    editedElsewhere,
    canUndo: pending === 0 && history.data?.can_undo === true,
    canRedo: pending === 0 && history.data?.can_redo === true,
    decideAll,
    setEdges,
    undo: () => enqueue((version) => undoEdit(episode.id, version), false),
    redo: () => enqueue((version) => redoEdit(episode.id, version), false),
  };
  return { proposals, desk };
}
