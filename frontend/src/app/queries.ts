/** The cache of what the server said, with the retry rule: reads retry, writes never do by themselves. */
import { QueryClient } from "@tanstack/react-query";

import { retryDelayMs, shouldRetry } from "@/api/retry";

export function createQueries(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: { retry: shouldRetry, retryDelay: (attempt) => retryDelayMs(attempt), staleTime: 10_000 },
      mutations: { retry: false },
    },
  });
}
