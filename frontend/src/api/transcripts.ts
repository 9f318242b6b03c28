/** The words of a recording and what we propose to cut from them. */
import { queryOptions } from "@tanstack/react-query";

import { client, unwrap } from "./client";
import type { Decision, EditHistory, EditList } from "./types";

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

/** Whether there is a step to take back, or one that was taken back and can be done again. */
export const editHistoryQuery = (episodeId: string) =>
  queryOptions({
    queryKey: ["episodes", episodeId, "edit-history"],
    queryFn: (): Promise<EditHistory> =>
      unwrap(client.GET("/api/episodes/{episode_id}/edit-list/history", path(episodeId))),
  });

export const undoEdit = (episodeId: string, version: number): Promise<EditList> =>
  unwrap(client.POST("/api/episodes/{episode_id}/edit-list/undo", { ...path(episodeId), body: { version } }));

export const redoEdit = (episodeId: string, version: number): Promise<EditList> =>
  unwrap(client.POST("/api/episodes/{episode_id}/edit-list/redo", { ...path(episodeId), body: { version } }));

/** A few seconds of sound around a stretch of the recording, as they are when the stretch is cut. */
export async function hearCut(episodeId: string, startMs: number, endMs: number, signal: AbortSignal): Promise<Blob> {
  const sound = await unwrap<unknown>(
    client.GET("/api/episodes/{episode_id}/preview", {
      params: { path: { episode_id: episodeId }, query: { start_ms: startMs, end_ms: endMs } },
      parseAs: "blob",
      signal,
    }),
  );
  return sound as Blob;
}
