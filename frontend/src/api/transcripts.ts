/** The words of a recording and what we propose to cut from them. */
import { queryOptions } from "@tanstack/react-query";

import { client, unwrap } from "./client";
import type { Decision, EditHistory, EditList, Intern, Proposal } from "./types";

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

/** Accepts a proposal from and to where a person says: it is cut, covered or replaced there. */
export const changeEdges = (
  episodeId: string,
  proposalId: string,
  editListVersion: number,
  edges: Stretch,
): Promise<EditList> =>
  unwrap(
    client.PUT("/api/episodes/{episode_id}/proposals/{proposal_id}/edges", {
      params: { path: { episode_id: episodeId, proposal_id: proposalId } },
      body: { edit_list_version: editListVersion, ...edges },
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

/** A stretch of the recording. */
export type Stretch = Pick<Proposal, "start_ms" | "end_ms">;

/** A few seconds of sound around a proposal's stretch of the recording, as they are when it is accepted; with `edges`,
 * as they would be if it were accepted there and not where it is now. */
export async function hearCut(
  episodeId: string,
  proposal: Proposal,
  signal: AbortSignal,
  edges?: Stretch,
): Promise<Blob> {
  const { id, kind, cover } = proposal;
  const { start_ms, end_ms } = edges ?? proposal;
  const more = { ...(cover && { cover }), ...(edges && { instead_of: id }) };
  const sound = await unwrap<unknown>(
    kind === "sound_cue"
      ? client.GET("/api/episodes/{episode_id}/proposals/{proposal_id}/preview", {
          params: { path: { episode_id: episodeId, proposal_id: id }, query: { start_ms, end_ms } },
          parseAs: "blob",
          signal,
        })
      : client.GET("/api/episodes/{episode_id}/preview", {
          params: { path: { episode_id: episodeId }, query: { start_ms, end_ms, ...more } },
          parseAs: "blob",
          signal,
        }),
  );
  return sound as Blob;
}

export const internsQuery = (episodeId: string) =>
  queryOptions({
    queryKey: ["episodes", episodeId, "interns"],
    queryFn: () => unwrap(client.GET("/api/episodes/{episode_id}/interns", path(episodeId))),
  });

const internPath = (episodeId: string, internId: string) => ({
  params: { path: { episode_id: episodeId, intern_id: internId } },
});

export const draftInternAnswer = (episodeId: string, internId: string, question: string): Promise<Intern> =>
  unwrap(
    client.POST("/api/episodes/{episode_id}/interns/{intern_id}/draft", {
      ...internPath(episodeId, internId),
      body: { question },
    }),
  );

export const answerIntern = (episodeId: string, internId: string, version: number, text: string): Promise<Intern> =>
  unwrap(
    client.PUT("/api/episodes/{episode_id}/interns/{intern_id}/answer", {
      ...internPath(episodeId, internId),
      body: { edit_list_version: version, text },
    }),
  );

export const skipIntern = (episodeId: string, internId: string, version: number): Promise<Intern> =>
  unwrap(
    client.POST("/api/episodes/{episode_id}/interns/{intern_id}/skip", {
      ...internPath(episodeId, internId),
      body: { edit_list_version: version },
    }),
  );

/** Lets a request end where a person says. */
export const changeInternEnd = (episodeId: string, internId: string, version: number, endMs: number): Promise<Intern> =>
  unwrap(
    client.PUT("/api/episodes/{episode_id}/interns/{intern_id}/end", {
      ...internPath(episodeId, internId),
      body: { edit_list_version: version, end_ms: endMs },
    }),
  );

/** How it would sound if the request ended there: with its answer, or with a short tone in the place of one. */
export async function hearInternEnd(
  episodeId: string,
  internId: string,
  endMs: number,
  signal: AbortSignal,
): Promise<Blob> {
  const { params } = internPath(episodeId, internId);
  const sound = await unwrap<unknown>(
    client.GET("/api/episodes/{episode_id}/interns/{intern_id}/preview", {
      params: { ...params, query: { end_ms: endMs } },
      parseAs: "blob",
      signal,
    }),
  );
  return sound as Blob;
}

/** Where the sound of an answer in the episode is, with what comes before and after it. */
export const internSoundUrl = (episodeId: string, internId: string): string =>
  `/api/episodes/${episodeId}/interns/${internId}/preview`;
