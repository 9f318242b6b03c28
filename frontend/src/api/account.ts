/** Who is at the desk: signing up, in and out. */
import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";

import { client, rememberAccount, rememberCsrfToken, unwrap } from "./client";
import type { Me } from "./types";

function remember(me: Me): Me {
  rememberCsrfToken(me.csrf_token);
  rememberAccount(me.account.id);
  return me;
}

export const meQuery = queryOptions({
  queryKey: ["me"],
  queryFn: async () => remember(await unwrap(client.GET("/api/auth/me"))),
  staleTime: 5 * 60_000,
});

export function useSignIn() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async (body: { email: string; password: string }) =>
      remember(await unwrap(client.POST("/api/auth/sign-in", { body }))),
    onSuccess: (me) => queries.setQueryData(meQuery.queryKey, me),
  });
}

export function useSignUp() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async (body: { email: string; password: string; name: string }) =>
      remember(await unwrap(client.POST("/api/auth/sign-up", { body }))),
    onSuccess: (me) => queries.setQueryData(meQuery.queryKey, me),
  });
}

export function useSignOut() {
  return useMutation({
    mutationFn: async () => {
      await unwrap(client.POST("/api/auth/sign-out"));
      rememberCsrfToken(null);
      rememberAccount(null);
    },
  });
}
