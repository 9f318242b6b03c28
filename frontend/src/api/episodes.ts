/** Episodes: their details, their making, their going out. */
import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";

import { client, unwrap } from "./client";
import { operationQuery } from "./operations";
import type { Episode, EpisodePatch, PublishWhen } from "./types";

export const episodesQuery = queryOptions({
  queryKey: ["episodes"],
  queryFn: () => unwrap(client.GET("/api/episodes")),
});

export const episodeQuery = (episodeId: string) =>
  queryOptions({
    queryKey: ["episodes", episodeId],
    queryFn: () => unwrap(client.GET("/api/episodes/{episode_id}", { params: { path: { episode_id: episodeId } } })),
  });

interface NewEpisode {
  show_id: string;
  recording_id: string;
  title?: string;
  /** Left out: as the show has it. */
  transcriber?: string;
  voice?: string;
}

export const createEpisode = (body: NewEpisode): Promise<Episode> =>
  unwrap(client.POST("/api/episodes", { body }));

export const updateEpisode = (episodeId: string, body: EpisodePatch): Promise<Episode> =>
  unwrap(client.PATCH("/api/episodes/{episode_id}", { params: { path: { episode_id: episodeId } }, body }));

export const produceEpisode = (episodeId: string, publish: PublishWhen) =>
  unwrap(
    client.POST("/api/episodes/{episode_id}/produce", {
      params: { path: { episode_id: episodeId } },
      body: { publish, until: "ready" },
    }),
  );

export const publishEpisode = (episodeId: string, publishAt: string | null): Promise<Episode> =>
  unwrap(
    client.POST("/api/episodes/{episode_id}/publish", {
      params: { path: { episode_id: episodeId } },
      body: publishAt === null ? {} : { publish_at: publishAt },
    }),
  );

function useKeepEpisode() {
  const queries = useQueryClient();
  return (episode: Episode) => {
    queries.setQueryData(episodeQuery(episode.id).queryKey, episode);
    void queries.invalidateQueries({ queryKey: episodesQuery.queryKey, exact: true });
  };
}

export function useUpdateEpisode(episodeId: string) {
  const keep = useKeepEpisode();
  return useMutation({ mutationFn: (body: EpisodePatch) => updateEpisode(episodeId, body), onSuccess: keep });
}

/** `publishAt` null means at once; an instant in the future schedules. */
export function usePublish(episodeId: string) {
  const keep = useKeepEpisode();
  return useMutation({
    mutationFn: (publishAt: string | null) => publishEpisode(episodeId, publishAt),
    onSuccess: keep,
  });
}

export function useUnpublish(episodeId: string) {
  const keep = useKeepEpisode();
  return useMutation({
    mutationFn: () =>
      unwrap(client.POST("/api/episodes/{episode_id}/unpublish", { params: { path: { episode_id: episodeId } } })),
    onSuccess: keep,
  });
}

export function useProduce(episodeId: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (publish: PublishWhen) => produceEpisode(episodeId, publish),
    onSuccess: async ({ operation_id: operationId }) => {
      await queries.invalidateQueries({ queryKey: operationQuery(operationId).queryKey });
      await queries.invalidateQueries({ queryKey: episodesQuery.queryKey });
    },
  });
}
