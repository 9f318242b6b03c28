/** Texts that an engine proposes about an episode; the episode stays as it is until one is accepted. */
import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";

import { client, unwrap } from "./client";
import { episodeQuery, episodesQuery } from "./episodes";
import type { Draft, DraftKind } from "./types";

const path = (episodeId: string) => ({ params: { path: { episode_id: episodeId } } });
const draftPath = (episodeId: string, draft: Draft) => ({
  params: { path: { episode_id: episodeId, draft_id: draft.id } },
});

export const draftsQuery = (episodeId: string) =>
  queryOptions({
    queryKey: ["episodes", episodeId, "drafts"],
    queryFn: () => unwrap(client.GET("/api/episodes/{episode_id}/drafts", path(episodeId))),
  });

export function useAskForDraft(episodeId: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (kind: DraftKind) =>
      unwrap(client.POST("/api/episodes/{episode_id}/drafts", { ...path(episodeId), body: { kind } })),
    onSettled: () => queries.invalidateQueries({ queryKey: draftsQuery(episodeId).queryKey }),
  });
}

export interface Decided {
  draft: Draft;
  /** Which of several titles, counted from 0; null puts the draft aside. */
  choice: number | null;
  replace: boolean;
}

export function useDecideDraft(episodeId: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ draft, choice, replace }: Decided): Promise<Draft> =>
      choice === null
        ? unwrap(client.POST("/api/episodes/{episode_id}/drafts/{draft_id}/dismiss", draftPath(episodeId, draft)))
        : unwrap(
            client.POST("/api/episodes/{episode_id}/drafts/{draft_id}/accept", {
              ...draftPath(episodeId, draft),
              body: { choice, replace },
            }),
          ),
    onSettled: () =>
      Promise.all(
        [draftsQuery(episodeId).queryKey, episodeQuery(episodeId).queryKey, episodesQuery.queryKey].map((queryKey) =>
          queries.invalidateQueries({ queryKey: queryKey as readonly unknown[], exact: true }),
        ),
      ),
  });
}
