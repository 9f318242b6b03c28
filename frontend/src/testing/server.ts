/** A stand-in for the server. It knows nobody and nothing until a test says so; an unexpected request fails the test.
 * Only credits are always there, and enough of them, and no messages. */
import { http, HttpResponse } from "msw";
import { setupServer } from "msw/node";

import { madePrices, madeQuote, madeStanding } from "./made-up";

const address = (path: string) => `http://localhost${path}`;

export const server = setupServer(
  http.get(address("/api/billing/standing"), () => HttpResponse.json(madeStanding())),
  http.get(address("/api/notices"), () => HttpResponse.json({ unread_count: 0, notices: [] })),
  http.get(address("/api/prices"), () => HttpResponse.json(madePrices())),
  http.get(address("/api/episodes/:episodeId/quote"), () => HttpResponse.json(madeQuote())),
);

/** An error body as the server writes it. */
export const refusal = (status: number, over: { retryable?: boolean; message?: string; code?: string } = {}) =>
  HttpResponse.json(
    {
      error: {
        code: over.code ?? "refused",
        message: over.message ?? "That did not go through.",
        action: "Please try again in a moment.",
        retryable: over.retryable ?? false,
        request_id: "req_1",
        details: {},
      },
    },
    { status },
  );

type Answer = (request: Request) => Response | Promise<Response>;

/** `on("get", "/api/shows", () => HttpResponse.json([]))`: counts how often it was asked. */
export function on(method: "get" | "post" | "patch" | "put" | "head" | "delete", path: string, answer: Answer) {
  const seen: { times: number; bodies: unknown[] } = { times: 0, bodies: [] };
  server.use(
    http[method](address(path), async ({ request }) => {
      seen.times += 1;
      if (request.headers.get("Content-Type")?.includes("json")) seen.bodies.push(await request.clone().json());
      return answer(request);
    }),
  );
  return seen;
}

export const answers = (value: unknown, status = 200): Answer => () => HttpResponse.json(value as object, { status });
