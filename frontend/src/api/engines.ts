/** Who can write out words, who can speak, and the voices one may choose. */
import { queryOptions } from "@tanstack/react-query";

import { client, unwrap } from "./client";

export const enginesQuery = queryOptions({
  queryKey: ["engines"],
  queryFn: () => unwrap(client.GET("/api/engines")),
});

export const voicesQuery = (engine: string) =>
  queryOptions({
    queryKey: ["voices", engine],
    queryFn: () => unwrap(client.GET("/api/voices", { params: { query: { engine } } })),
    staleTime: 60_000, // a service is asked for its list
  });

/** A few words by a voice; a service is paid for them once. */
export const voicePreviewUrl = (voiceId: string): string => `/api/voices/preview?voice=${encodeURIComponent(voiceId)}`;
