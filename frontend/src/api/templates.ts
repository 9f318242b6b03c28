/** Changing a template, and bringing music for it. */
import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";

import { client, unwrap } from "./client";
import { libraryQuery } from "./media";
import { templatesQuery } from "./shows";
import type { Media, Template } from "./types";

/** The music of the person's library. */
export const musicQuery = queryOptions({
  queryKey: ["media", "music"],
  queryFn: () => unwrap(client.GET("/api/media", { params: { query: { category: "music" } } })),
});

export function useChangeTemplate(template: Template) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (definition: Template["definition"]) =>
      unwrap(
        client.PUT("/api/templates/{template_id}", {
          params: { path: { template_id: template.id } },
          body: { definition },
        }),
      ),
    onSuccess: (changed) =>
      queries.setQueryData(templatesQuery(template.show_id).queryKey, (known) =>
        known?.map((one) => (one.id === changed.id ? changed : one)),
      ),
  });
}

export function useAddMusic() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (file: File): Promise<Media> => {
      const form = new FormData();
      form.append("category", "music");
      form.append("name", file.name);
      form.append("file", file);
      return unwrap(
        client.POST("/api/media", {
          body: { file: file.name, category: "music" },
          bodySerializer: () => form,
        }),
      );
    },
    onSuccess: () =>
      Promise.all(
        [musicQuery, libraryQuery].map(({ queryKey }) => queries.invalidateQueries({ queryKey, exact: true })),
      ),
  });
}
