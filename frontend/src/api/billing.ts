/** Credits of the person at the desk: what is there, what was used, what is on sale. */
import { infiniteQueryOptions, queryOptions, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";

import { client, unwrap } from "./client";
import type { Episode, PlanChange } from "./types";

const ALL = ["billing"] as const;
const INVOICES_PER_PAGE = 10;

export const standingQuery = queryOptions({
  queryKey: [...ALL, "standing"],
  queryFn: () => unwrap(client.GET("/api/billing/standing")),
});

export const usageQuery = queryOptions({
  queryKey: [...ALL, "usage"],
  queryFn: () => unwrap(client.GET("/api/billing/usage")),
});

export const monthQuery = queryOptions({
  queryKey: [...ALL, "month"],
  queryFn: () => unwrap(client.GET("/api/billing/month")),
});

export const pricesQuery = queryOptions({
  queryKey: [...ALL, "prices"],
  queryFn: () => unwrap(client.GET("/api/prices")),
});

export const creditsGuideQuery = queryOptions({
  queryKey: [...ALL, "guide"],
  queryFn: () => unwrap(client.GET("/api/billing/guide")),
});

/** `ofEpisodes`: those of episodes alone, or all the others; null is both. */
export const ledgerQuery = (ofEpisodes: boolean | null) =>
  infiniteQueryOptions({
    queryKey: [...ALL, "ledger", ofEpisodes],
    queryFn: ({ pageParam }) => {
      const query = {
        limit: INVOICES_PER_PAGE,
        ...(pageParam === null ? {} : { before: pageParam }),
        ...(ofEpisodes === null ? {} : { of_episodes: ofEpisodes }),
      };
      return unwrap(client.GET("/api/billing/ledger", { params: { query } }));
    },
    initialPageParam: null as number | null,
    getNextPageParam: (page) => page.next_before,
  });

export const refundRequestsQuery = queryOptions({
  queryKey: [...ALL, "refund-requests"],
  queryFn: () => unwrap(client.GET("/api/billing/refund-requests")),
});

export const offersQuery = queryOptions({
  queryKey: [...ALL, "offers"],
  queryFn: () => unwrap(client.GET("/api/billing/offers")),
});

export const planQuery = queryOptions({
  queryKey: [...ALL, "plan"],
  queryFn: () => unwrap(client.GET("/api/billing/plan")),
});

/** What making an episode takes at most. Every cut and every choice of who works on it has a quote of its own; it is asked
 * again wherever it is shown, for prices change and so does what is left. */
export const quoteQuery = ({ id, edit_list_version: version, transcriber, voice }: Episode) =>
  queryOptions({
    queryKey: [...ALL, "quote", id, version, transcriber, voice],
    queryFn: () => readQuote(id),
    staleTime: 0,
  });

export const readQuote = (episodeId: string) =>
  unwrap(client.GET("/api/episodes/{episode_id}/quote", { params: { path: { episode_id: episodeId } } }));

export const STATEMENT_URL = "/api/billing/statement.csv";

const PURCHASE_POLL_MS = 3_000;

/** What became of an order. `paid`: the person says so, and the server is asked again until it has heard of it, too. */
export function usePurchase(purchaseId: string, paid: boolean) {
  const queries = useQueryClient();
  const purchase = useQuery({
    queryKey: [...ALL, "purchases", purchaseId],
    queryFn: () =>
      unwrap(client.GET("/api/billing/purchases/{purchase_id}", { params: { path: { purchase_id: purchaseId } } })),
    refetchInterval: ({ state: { data } }) =>
      data?.state === "waiting" || (data?.state === "open" && paid) ? PURCHASE_POLL_MS : false,
  });
  const hasCome = purchase.data?.state === "paid";
  useEffect(() => {
    if (hasCome) void queries.invalidateQueries({ queryKey: ALL });
  }, [hasCome, queries]);
  return purchase;
}

function useBillingChange() {
  const queries = useQueryClient();
  return () => queries.invalidateQueries({ queryKey: ALL });
}

export function useAskBack(chargeId: string) {
  const changed = useBillingChange();
  return useMutation({
    mutationFn: (why: string) =>
      unwrap(
        client.POST("/api/billing/charges/{charge_id}/refund-request", {
          params: { path: { charge_id: chargeId } },
          body: { why },
        }),
      ),
    onSuccess: changed,
  });
}

/** Leads to where the order is paid. The key makes pressing twice one order. */
export function useBuy() {
  return useMutation({
    mutationFn: async ({ offerId, key }: { offerId: string; key: string }) => {
      const { url } = await unwrap(
        client.POST("/api/billing/checkout", { body: { offer_id: offerId, request_key: key } }),
      );
      location.assign(url);
    },
  });
}

/** Leads to where cards, invoices and the end of a plan are managed. */
export function useOpenPortal() {
  return useMutation({
    mutationFn: async () => {
      const { url } = await unwrap(client.POST("/api/billing/portal"));
      location.assign(url);
    },
  });
}

export function useChangePlan() {
  const changed = useBillingChange();
  return useMutation({
    mutationFn: (offerId: string): Promise<PlanChange> =>
      unwrap(client.POST("/api/billing/plan", { body: { offer_id: offerId } })),
    onSuccess: changed,
  });
}
