/** Errors as whoever runs DoneCast looks at them: from Sentry, or from DoneCast's own store where there is none. */
import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";

import { client, unwrap } from "./client";
import type { ErrorChange, ErrorRow } from "./types";

const ALL = ["feedback"] as const;
const PER_PAGE = 20;
const AGAIN_AFTER_MS = 60_000;
/** A source that fails is asked again each minute, or when somebody says so: asked at once it would fail again, and each
 * failure is one of the errors that this page shows. */
const PATIENTLY = { refetchInterval: AGAIN_AFTER_MS, retry: false } as const;
const HOURS_KEPT = 24 * 90;

/** What is looked for; empty is everything. One of the ids at most. */
export interface ErrorWish {
  hours: number;
  severity: "" | "critical" | "warning" | "info";
  status: "unresolved" | "resolved" | "ignored" | "all";
  by: "search" | "error_type" | "user" | "request_id" | "show_id" | "episode_id";
  text: string;
}

export const errorPagesQuery = (wish: ErrorWish) =>
  infiniteQueryOptions({
    queryKey: [...ALL, "events", wish],
    queryFn: ({ pageParam }) =>
      unwrap(
        client.GET("/api/admin/feedback/sentry/events", {
          params: {
            query: {
              limit: PER_PAGE,
              hours_back: wish.hours,
              severity: wish.severity,
              status: wish.status,
              cursor: pageParam,
              ...(wish.text === "" ? {} : { [wish.by]: wish.text }),
            },
          },
        }),
      ),
    initialPageParam: "",
    getNextPageParam: (page) => page.next_cursor,
    ...PATIENTLY,
  });

export const errorStatsQuery = queryOptions({
  queryKey: [...ALL, "stats"],
  queryFn: () => unwrap(client.GET("/api/admin/feedback/sentry/stats")),
  ...PATIENTLY,
});

export const errorTrendQuery = (period: "24h" | "14d") =>
  queryOptions({
    queryKey: [...ALL, "trend", period],
    queryFn: () => unwrap(client.GET("/api/admin/feedback/sentry/trend", { params: { query: { period } } })),
    ...PATIENTLY,
  });

export const errorDetailQuery = (issueId: string) =>
  queryOptions({
    queryKey: [...ALL, "events", issueId],
    queryFn: () =>
      unwrap(client.GET("/api/admin/feedback/sentry/events/{issue_id}", { params: { path: { issue_id: issueId } } })),
  });

/** The newest error that a request met within ninety days; null where there is none. */
export const errorOfRequestQuery = (requestId: string | null) =>
  queryOptions({
    queryKey: [...ALL, "of-request", requestId],
    queryFn: async () => {
      const query = { limit: 1, hours_back: HOURS_KEPT, status: "all" as const, request_id: requestId ?? "" };
      const page = await unwrap(client.GET("/api/admin/feedback/sentry/events", { params: { query } }));
      return page.events[0] ?? null;
    },
    enabled: requestId !== null,
  });

export function useRefreshErrors() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: () => unwrap(client.POST("/api/admin/feedback/sentry/refresh")),
    onSettled: () => queries.invalidateQueries({ queryKey: ALL }),
  });
}

export function useChangeError(issueId: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: ErrorChange): Promise<ErrorRow> =>
      unwrap(client.PUT("/api/admin/feedback/sentry/events/{issue_id}", { params: { path: { issue_id: issueId } }, body })),
    onSettled: () => queries.invalidateQueries({ queryKey: ALL }),
  });
}
