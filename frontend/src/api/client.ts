/** The one door to the server: typed by its schema, signed with the page's token, failing with our own errors. */
import createClient, { type Middleware } from "openapi-fetch";

import { errorFromResponse, UnreachableError } from "./errors";
import type { paths } from "./schema";

let csrfToken: string | null = null;

/** Sign-in and "who am I" hand out the token; every write carries it back. */
export function rememberCsrfToken(token: string | null): void {
  csrfToken = token;
}

export function csrfHeaders(): Record<string, string> {
  return csrfToken === null ? {} : { "X-CSRF-Token": csrfToken };
}

const signWrites: Middleware = {
  onRequest({ request }) {
    if (request.method !== "GET") {
      for (const [name, value] of Object.entries(csrfHeaders())) request.headers.set(name, value);
    }
    return request;
  },
};

interface Failure {
  requestId: string;
  /** As `performance.now()` counts. */
  at: number;
}

let failure: Failure | null = null;
let accountId: string | null = null;

/** The last call that was refused or broke, of this page. */
export const lastFailure = (): Failure | null => failure;

/** Sign-in and "who am I" say who it is; an error of this page is told with it. */
export function rememberAccount(id: string | null): void {
  accountId = id;
}

export const signedInAs = (): string | null => accountId;

const noteFailures: Middleware = {
  onResponse({ response, schemaPath }) {
    const requestId = response.headers.get("X-Request-ID");
    if (!response.ok && requestId && schemaPath !== "/api/errors") failure = { requestId, at: performance.now() };
  },
};

async function send(request: Request): Promise<Response> {
  try {
    return await globalThis.fetch(request);
  } catch (cause) {
    throw new UnreachableError(cause);
  }
}

export const client = createClient<paths>({ baseUrl: globalThis.location.origin, fetch: send });
client.use(signWrites, noteFailures);

interface Answer<Data> {
  data?: Data;
  error?: unknown;
  response: Response;
}

/** Gives the data of an answer, or throws what went wrong. */
export async function unwrap<Data>(pending: Promise<Answer<Data>>): Promise<Data> {
  const { data, error, response } = await pending;
  if (!response.ok) throw errorFromResponse(response.status, error);
  return data as Data;
}
