/** How the program is, for whoever runs it: asked again every half minute while somebody looks. */
import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";

import { client, unwrap } from "./client";
import type { CleanUp } from "./types";

const ALL = ["monitoring"] as const;
const AGAIN_AFTER_MS = 30_000;
const HISTORY_AGAIN_AFTER_MS = 5 * 60_000;
const ENTRIES_PER_PAGE = 10;

const looked = <Answer>(name: string, ask: () => Promise<Answer>, every: number = AGAIN_AFTER_MS) =>
  queryOptions({ queryKey: [...ALL, name], queryFn: ask, refetchInterval: every });

export const breakersQuery = looked("breakers", () => unwrap(client.GET("/api/health/circuit-breakers")));
export const poolQuery = looked("pool", () => unwrap(client.GET("/api/health/pool")));
export const deepQuery = looked("deep", () => unwrap(client.GET("/api/health/deep")));
export const resourcesQuery = looked("resources", () => unwrap(client.GET("/api/health/resources")));
export const errorRateQuery = looked("error-rate", () => unwrap(client.GET("/api/health/error-rate")));
export const alertsQuery = looked("alerts", () => unwrap(client.GET("/api/admin/alerts")));
export const historyQuery = looked(
  "history",
  () => unwrap(client.GET("/api/admin/monitoring/history")),
  HISTORY_AGAIN_AFTER_MS,
);

export const stuckQuery = looked("stuck", () => unwrap(client.GET("/api/admin/monitoring/stuck-operations")));

export const auditQuery = infiniteQueryOptions({
  queryKey: [...ALL, "audit"],
  queryFn: ({ pageParam }) =>
    unwrap(
      client.GET("/api/admin/audit", {
        params: { query: { limit: ENTRIES_PER_PAGE, ...(pageParam === null ? {} : { before: pageParam }) } },
      }),
    ),
  initialPageParam: null as string | null,
  getNextPageParam: (page) => page.next_before,
});

/** `isolate`: nobody asks the service any more; `release`: it is asked again at once. */
export function useSwitchService() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ service, act }: { service: string; act: "isolate" | "release" }) => {
      const params = { params: { path: { service_name: service } } };
      return unwrap(
        act === "isolate"
          ? client.POST("/api/admin/circuit-breakers/{service_name}/isolate", params)
          : client.POST("/api/admin/circuit-breakers/{service_name}/release", params),
      );
    },
    onSettled: () => queries.invalidateQueries({ queryKey: ALL }),
  });
}

/** A rehearsal (`dry_run`) changes nothing and says what would be done; the act says what was done. */
export function useCleanUp() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: CleanUp) => unwrap(client.POST("/api/admin/monitoring/stuck-operations/cleanup", { body })),
    onSettled: (_done, _error, { dry_run }) => {
      // Not waited for: who asked is told before the new look takes its row away.
      if (!dry_run) void queries.invalidateQueries({ queryKey: ALL });
    },
  });
}
