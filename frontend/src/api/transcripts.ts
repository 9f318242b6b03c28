/** The words of a recording and what we propose to cut from them. */
import { queryOptions } from "@tanstack/react-query";

import { client, unwrap } from "./client";
import type { Decision, EditList } from "./types";

const path = (episodeId: string) => ({ params: { path: { episode_id: episodeId } } });

export const wordsQuery = (episodeId: string) =>
  queryOptions({
    queryKey: ["episodes", episodeId, "words"],
    queryFn: () => unwrap(client.GET("/api/episodes/{episode_id}/words", path(episodeId))),
    staleTime: Number.POSITIVE_INFINITY,
  });

export const proposalsQuery = (episodeId: string) =>
  queryOptions({
    queryKey: ["episodes", episodeId, "proposals"],
    queryFn: () => unwrap(client.GET("/api/episodes/{episode_id}/proposals", path(episodeId))),
  });

export const decide = (
  episodeId: string,
  editListVersion: number,
  decisions: Record<string, Decision>,
): Promise<EditList> =>
  unwrap(
    client.POST("/api/episodes/{episode_id}/decisions", {
      ...path(episodeId),
      body: { edit_list_version: editListVersion, decisions },
    }),
  );
