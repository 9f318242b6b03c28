/** What can go wrong between the studio and the server, as two errors every screen can show. */

interface ErrorBody {
  code: string;
  message: string;
  action: string;
  retryable: boolean;
  request_id?: string;
}

/** The server answered, and the answer was no. */
export class RefusedError extends Error {
  readonly status: number;
  readonly code: string;
  readonly action: string;
  readonly retryable: boolean;
  readonly requestId: string | undefined;

  constructor(status: number, body: ErrorBody) {
    super(body.message);
    this.name = "RefusedError";
    this.status = status;
    this.code = body.code;
    this.action = body.action;
    this.retryable = body.retryable;
    this.requestId = body.request_id;
  }
}

/** No usable answer came: the line is down, the server is restarting, or a proxy spoke in its place. */
export class UnreachableError extends Error {
  readonly action = "Check your internet connection. We try again by ourselves for a few seconds.";
  readonly retryable = true;

  constructor(cause?: unknown) {
    super("We could not reach DoneCast.", { cause });
    this.name = "UnreachableError";
  }
}

function isErrorBody(value: unknown): value is ErrorBody {
  if (typeof value !== "object" || value === null) return false;
  const body = value as Record<string, unknown>;
  return typeof body.code === "string" && typeof body.message === "string" && typeof body.retryable === "boolean";
}

const UNEXPECTED = "unexpected_answer";

/** Turns a failed response into one of the two errors; a body that is not ours means a proxy answered. */
export function errorFromResponse(status: number, body: unknown): RefusedError | UnreachableError {
  const inner = typeof body === "object" && body !== null ? (body as { error?: unknown }).error : undefined;
  if (isErrorBody(inner)) return new RefusedError(status, inner);
  if (status >= 502 && status <= 504) return new UnreachableError();
  return new RefusedError(status, {
    code: UNEXPECTED,
    message: "Something went wrong on our side.",
    action: "Please try again in a moment. If it happens again, tell us what you were doing.",
    retryable: false,
  });
}

export function isRetryable(error: unknown): boolean {
  return (error instanceof RefusedError || error instanceof UnreachableError) && error.retryable;
}

/** DoneCast itself says that what was sent is no use, now or later; being signed out is not meant, nor a proxy's no. */
export function isRefusedForGood(error: unknown): boolean {
  if (!(error instanceof RefusedError) || error.retryable || error.code === UNEXPECTED) return false;
  return [400, 413, 415, 422].includes(error.status);
}

export function isSignedOut(error: unknown): boolean {
  return error instanceof RefusedError && error.status === 401;
}

/** A draft would take the place of what the person wrote. */
export function isOwnWords(error: unknown): boolean {
  return error instanceof RefusedError && error.code === "own_words_there";
}

/** It takes more credits than there are. */
export function isShortOfCredits(error: unknown): boolean {
  return error instanceof RefusedError && error.code === "not_enough_credits";
}

/** Somebody else has changed the same cuts. */
export function isStale(error: unknown): boolean {
  return error instanceof RefusedError && error.code === "edit_list_stale";
}
