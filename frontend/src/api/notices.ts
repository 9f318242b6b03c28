/** What DoneCast tells a person in the studio: asked again every minute, so that the bell counts by itself. */
import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";

import { client, unwrap } from "./client";

const AGAIN_AFTER_MS = 60_000;

export const noticesQuery = queryOptions({
  queryKey: ["notices"],
  queryFn: () => unwrap(client.GET("/api/notices")),
  refetchInterval: AGAIN_AFTER_MS,
});

export function useReadNotice(noticeId: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: () =>
      unwrap(client.POST("/api/notices/{notice_id}/read", { params: { path: { notice_id: noticeId } } })),
    onSettled: () => queries.invalidateQueries(noticesQuery),
  });
}
