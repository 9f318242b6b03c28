/** The retry rule: reads only, at most three times, and only when trying again can help. */
import { isRetryable } from "./errors";

export const RETRIES_MAX = 3;
const FIRST_WAIT_MS = 1000;
const JITTER = 0.2;

/** `failureCount` is how many tries have failed before this one, as the query library counts them. */
export function shouldRetry(failureCount: number, error: unknown): boolean {
  return failureCount < RETRIES_MAX && isRetryable(error);
}

/** 1, 2, 4 seconds, each up to a fifth longer or shorter, so that many tabs do not return in the same instant. */
export function retryDelayMs(attempt: number, random: () => number = Math.random): number {
  const wait = FIRST_WAIT_MS * 2 ** attempt;
  return Math.round(wait * (1 + JITTER * (2 * random() - 1)));
}
