/** Shows, their covers and their templates. */
import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";

import { client, unwrap } from "./client";
import type { Show, ShowCreate, ShowPatch, SoundCue, SoundCueWish } from "./types";

/** Who was named in the show's episodes, most often first. */
export const peopleQuery = (showId: string) =>
  queryOptions({
    queryKey: ["shows", showId, "people"],
    queryFn: () => unwrap(client.GET("/api/shows/{show_id}/people", { params: { path: { show_id: showId } } })),
  });

export const showsQuery = queryOptions({
  queryKey: ["shows"],
  queryFn: () => unwrap(client.GET("/api/shows")),
});

/** Apple's list, which the server owns; it does not change while a page is open. */
export const categoriesQuery = queryOptions({
  queryKey: ["categories"],
  queryFn: () => unwrap(client.GET("/api/categories")),
  staleTime: Infinity,
});

export const templatesQuery = (showId: string) =>
  queryOptions({
    queryKey: ["shows", showId, "templates"],
    queryFn: () => unwrap(client.GET("/api/shows/{show_id}/templates", { params: { path: { show_id: showId } } })),
  });

function useKeepShow() {
  const queries = useQueryClient();
  return (show: Show) => {
    queries.setQueryData(showsQuery.queryKey, (shows) => {
      if (shows === undefined) return [show];
      return shows.some(({ id }) => id === show.id)
        ? shows.map((other) => (other.id === show.id ? show : other))
        : [...shows, show];
    });
  };
}

export function useCreateShow() {
  const keep = useKeepShow();
  return useMutation({
    mutationFn: (body: ShowCreate) => unwrap(client.POST("/api/shows", { body })),
    onSuccess: keep,
  });
}

export function useUpdateShow(showId: string) {
  const keep = useKeepShow();
  return useMutation({
    mutationFn: (body: ShowPatch) =>
      unwrap(client.PATCH("/api/shows/{show_id}", { params: { path: { show_id: showId } }, body })),
    onSuccess: keep,
  });
}

/** A short recording of nothing but the show's word, said a few times. */
export function useTeachMarker(showId: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (file: File) => {
      const form = new FormData();
      form.append("file", file);
      return unwrap(
        client.POST("/api/shows/{show_id}/marker-lesson", {
          params: { path: { show_id: showId } },
          body: { file: file.name },
          bodySerializer: () => form,
        }),
      );
    },
    onSuccess: () => queries.invalidateQueries({ queryKey: showsQuery.queryKey, exact: true }),
  });
}

export function useReplaceCover(showId: string) {
  const keep = useKeepShow();
  return useMutation({
    mutationFn: (file: File) => {
      const form = new FormData();
      form.append("file", file);
      return unwrap(
        client.PUT("/api/shows/{show_id}/cover", {
          params: { path: { show_id: showId } },
          body: { file: file.name },
          bodySerializer: () => form,
        }),
      );
    },
    onSuccess: keep,
  });
}

/** The words of a show that call a sound. */
export const soundCuesQuery = (showId: string) =>
  queryOptions({
    queryKey: ["shows", showId, "sound-cues"],
    queryFn: (): Promise<SoundCue[]> =>
      unwrap(client.GET("/api/shows/{show_id}/sound-cues", { params: { path: { show_id: showId } } })),
  });

export function useAddSoundCue(showId: string) {
  const queries = useQueryClient();
  const { queryKey } = soundCuesQuery(showId);
  return useMutation({
    mutationFn: (body: SoundCueWish) =>
      unwrap(client.POST("/api/shows/{show_id}/sound-cues", { params: { path: { show_id: showId } }, body })),
    onSuccess: (cue) => queries.setQueryData(queryKey, (known) => [...(known ?? []), cue]),
  });
}

export function useDeleteSoundCue(showId: string) {
  const queries = useQueryClient();
  const { queryKey } = soundCuesQuery(showId);
  return useMutation({
    mutationFn: (cueId: string) =>
      unwrap(
        client.DELETE("/api/shows/{show_id}/sound-cues/{cue_id}", {
          params: { path: { show_id: showId, cue_id: cueId } },
        }),
      ),
    onSuccess: (_, cueId) => queries.setQueryData(queryKey, (known) => known?.filter(({ id }) => id !== cueId)),
  });
}
