/** Files on the server: what became of an upload, how a recording looks, where nobody speaks in it, and the sounds of
 * the library. */
import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";

import { client, unwrap } from "./client";
import { readPeaks } from "./peaks";

const path = (mediaId: string) => ({ path: { media_id: mediaId } });
const STEPS_PER_SECOND = 100;

export const libraryQuery = queryOptions({
  queryKey: ["media"],
  queryFn: () => unwrap(client.GET("/api/media")),
});

/** A whole small file, such as a clap or a bell. */
export function useUploadSound() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (file: File) => {
      const form = new FormData();
      form.append("category", "sound_effect");
      form.append("file", file);
      return unwrap(
        client.POST("/api/media", {
          body: { file: file.name, category: "sound_effect" },
          bodySerializer: () => form,
        }),
      );
    },
    onSuccess: (media) => {
      queries.setQueryData(libraryQuery.queryKey, (known) => known && [media, ...known]);
    },
  });
}

export const readMedia = (mediaId: string) => unwrap(client.GET("/api/media/{media_id}", { params: path(mediaId) }));

export const readUpload = (uploadId: string) =>
  unwrap(client.GET("/api/uploads/{upload_id}", { params: { path: { upload_id: uploadId } } }));

/** The waveform, a step for each 10 ms. An original never changes, so it is fetched once. */
export const peaksQuery = (mediaId: string) =>
  queryOptions({
    queryKey: ["media", mediaId, "peaks"],
    queryFn: async () =>
      readPeaks(
        (await unwrap<unknown>(
          client.GET("/api/media/{media_id}/peaks", {
            params: { ...path(mediaId), query: { per_second: STEPS_PER_SECOND } },
            parseAs: "arrayBuffer",
          }),
        )) as ArrayBuffer,
      ),
    staleTime: Number.POSITIVE_INFINITY,
  });

/** Where nobody speaks, in order of time. */
export const silencesQuery = (mediaId: string) =>
  queryOptions({
    queryKey: ["media", mediaId, "silences"],
    queryFn: () => unwrap(client.GET("/api/media/{media_id}/silences", { params: path(mediaId) })),
    staleTime: Number.POSITIVE_INFINITY,
  });

/** Where the recording itself is, as it came. */
export const recordingUrl = (mediaId: string): string => `/api/media/${mediaId}/content`;
