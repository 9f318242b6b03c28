/** What an admin does with plans, prices and other people's credits. */
import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";

import { client, unwrap } from "./client";
import type { Tier } from "./types";

const ALL = ["plans"] as const;
const INVOICES_PER_PAGE = 10;

export const tiersQuery = queryOptions({
  queryKey: [...ALL, "tiers"],
  queryFn: () => unwrap(client.GET("/api/admin/credits/tiers")),
});

export const rateCardQuery = queryOptions({
  queryKey: [...ALL, "rates"],
  queryFn: () => unwrap(client.GET("/api/admin/credits/rates")),
});

export const priceHistoryQuery = queryOptions({
  queryKey: [...ALL, "history"],
  queryFn: () => unwrap(client.GET("/api/admin/credits/history")),
});

export const waitingRequestsQuery = queryOptions({
  queryKey: [...ALL, "requests"],
  queryFn: () => unwrap(client.GET("/api/admin/credits/refund-requests")),
});

export const allOffersQuery = queryOptions({
  queryKey: [...ALL, "offers"],
  queryFn: () => unwrap(client.GET("/api/admin/billing/offers")),
});

export const personCreditsQuery = (accountId: string) =>
  queryOptions({
    queryKey: [...ALL, "people", accountId],
    queryFn: () =>
      unwrap(client.GET("/api/admin/credits/accounts/{account_id}", { params: { path: { account_id: accountId } } })),
  });

export const personLedgerQuery = (accountId: string) =>
  infiniteQueryOptions({
    queryKey: [...ALL, "people", accountId, "ledger"],
    queryFn: ({ pageParam }) =>
      unwrap(
        client.GET("/api/admin/credits/accounts/{account_id}/ledger", {
          params: {
            path: { account_id: accountId },
            query: { limit: INVOICES_PER_PAGE, ...(pageParam === null ? {} : { before: pageParam }) },
          },
        }),
      ),
    initialPageParam: null as number | null,
    getNextPageParam: (page) => page.next_before,
  });

export const findPerson = (email: string) =>
  unwrap(client.GET("/api/admin/credits/accounts", { params: { query: { email } } }));

function useChange<Input, Output>(mutationFn: (input: Input) => Promise<Output>) {
  const queries = useQueryClient();
  return useMutation({ mutationFn, onSuccess: () => queries.invalidateQueries({ queryKey: ALL }) });
}

export interface TierWish extends Omit<Tier, "id"> {
  why: string;
  /** Refused where there is one of this name, so that adding never changes another one. */
  is_new: boolean;
}

export const useSaveTier = () =>
  useChange(({ id, wish }: { id: string; wish: TierWish }) =>
    unwrap(client.PUT("/api/admin/credits/tiers/{tier_id}", { params: { path: { tier_id: id } }, body: wish })),
  );

export const useChangeRates = () =>
  useChange((body: { version: number; changes: Record<string, number>; tier_id: string | null; why: string }) =>
    unwrap(client.POST("/api/admin/credits/rates", { body })),
  );

export const useDecideRefund = (requestId: string) =>
  useChange((body: { approve: boolean; amount: string | null; words: string }) =>
    unwrap(
      client.POST("/api/admin/credits/refund-requests/{request_id}/decision", {
        params: { path: { request_id: requestId } },
        body,
      }),
    ),
  );

/** `key` is chosen once for each act: sent again, the act is done once. */
export const useAward = (accountId: string) =>
  useChange((body: { key: string; amount: string; why: string; expires_at: string | null }) =>
    unwrap(
      client.POST("/api/admin/credits/accounts/{account_id}/awards", {
        params: { path: { account_id: accountId } },
        body,
      }),
    ),
  );

export const useAdjust = (accountId: string) =>
  useChange((body: { key: string; amount: string; why: string }) =>
    unwrap(
      client.POST("/api/admin/credits/accounts/{account_id}/adjustments", {
        params: { path: { account_id: accountId } },
        body,
      }),
    ),
  );

export const useRefund = (accountId: string) =>
  useChange((body: { key: string; charge_id: string; amount: string | null; why: string }) =>
    unwrap(
      client.POST("/api/admin/credits/accounts/{account_id}/refunds", {
        params: { path: { account_id: accountId } },
        body,
      }),
    ),
  );

export const useAssignTier = (accountId: string) =>
  useChange((tierId: string) =>
    unwrap(
      client.PUT("/api/admin/credits/accounts/{account_id}/tier", {
        params: { path: { account_id: accountId } },
        body: { tier_id: tierId },
      }),
    ),
  );

export const useMakeOffer = () =>
  useChange(
    (body: { kind: "top_up" | "plan"; name: string; amount: number; currency: string; credits?: string; tier?: string }) =>
      unwrap(client.POST("/api/admin/billing/offers", { body })),
  );

export const useRetireOffer = () =>
  useChange((offerId: string) =>
    unwrap(client.DELETE("/api/admin/billing/offers/{offer_id}", { params: { path: { offer_id: offerId } } })),
  );
