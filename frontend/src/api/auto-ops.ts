/** What Auto-Ops has looked into: its runs, one of them, and how it is set up. For whoever runs DoneCast. */
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";

import { client, unwrap } from "./client";

const ALL = ["auto-ops"] as const;
const PER_PAGE = 20;
const AGAIN_AFTER_MS = 30_000;

export const runPagesQuery = infiniteQueryOptions({
  queryKey: [...ALL, "runs"],
  queryFn: ({ pageParam }) =>
    unwrap(client.GET("/api/admin/auto-ops/runs", { params: { query: { limit: PER_PAGE, cursor: pageParam } } })),
  initialPageParam: "",
  getNextPageParam: (page) => page.next_cursor,
  refetchInterval: AGAIN_AFTER_MS,
});

export const runQuery = (runId: string) =>
  queryOptions({
    queryKey: [...ALL, "runs", runId],
    queryFn: () => unwrap(client.GET("/api/admin/auto-ops/runs/{run_id}", { params: { path: { run_id: runId } } })),
  });

export const autoOpsSettingsQuery = queryOptions({
  queryKey: [...ALL, "settings"],
  queryFn: () => unwrap(client.GET("/api/admin/auto-ops/settings")),
});
