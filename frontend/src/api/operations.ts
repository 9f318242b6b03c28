/** Work in progress. The stream of events keeps it fresh; when the stream is silent, the same address is polled. */
import { type QueryClient, queryOptions, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { client, unwrap } from "./client";
import type { Operation } from "./types";

export const SILENCE_MS_MAX = 20_000;
export const POLL_MS = 3_000;

let lastEventAt = 0;

export const isRunning = (operation: Operation): boolean =>
  operation.state === "queued" || operation.state === "running";

/** How long to wait before asking again: not at all when done, only after 20 s of silence while it runs. */
export function pollDelayMs(operation: Operation | undefined, now: number): number | false {
  if (operation === undefined || !isRunning(operation)) return false;
  return Math.max(POLL_MS, SILENCE_MS_MAX - (now - lastEventAt));
}

export const operationQuery = (operationId: string) =>
  queryOptions({
    queryKey: ["operations", operationId],
    queryFn: () =>
      unwrap(client.GET("/api/operations/{operation_id}", { params: { path: { operation_id: operationId } } })),
  });

/** Takes one event of the stream into every screen that shows this work. */
export function applyOperationEvent(queries: QueryClient, operation: Operation, now: number): void {
  lastEventAt = now;
  const key = operationQuery(operation.id).queryKey;
  const before = queries.getQueryData(key);
  queries.setQueryData(key, operation);
  if (before?.state !== operation.state || !isRunning(operation)) {
    void queries.invalidateQueries({ queryKey: ["episodes"] });
  }
}

export function useOperation(operationId: string | null | undefined) {
  return useQuery({
    ...operationQuery(operationId ?? ""),
    enabled: Boolean(operationId),
    refetchInterval: ({ state }) => pollDelayMs(state.data, Date.now()),
  });
}

function useOperationAction(action: "cancel" | "retry") {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (operationId: string) =>
      unwrap(
        client.POST(`/api/operations/{operation_id}/${action}`, {
          params: { path: { operation_id: operationId } },
        }),
      ),
    onSuccess: (operation) => {
      queries.setQueryData(operationQuery(operation.id).queryKey, operation);
      void queries.invalidateQueries({ queryKey: ["episodes"] });
    },
  });
}

export const useCancelOperation = () => useOperationAction("cancel");
export const useRetryOperation = () => useOperationAction("retry");
