/** Files on the server: what became of an upload, and the sounds of the library. */
import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";

import { client, unwrap } from "./client";

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

export const readMedia = (mediaId: string) =>
  unwrap(client.GET("/api/media/{media_id}", { params: { path: { media_id: mediaId } } }));

export const readUpload = (uploadId: string) =>
  unwrap(client.GET("/api/uploads/{upload_id}", { params: { path: { upload_id: uploadId } } }));
