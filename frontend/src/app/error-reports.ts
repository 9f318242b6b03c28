/** The studio's own errors are told, a few of each page at most, with the request that failed: to Sentry where the server
 * names it in the page, else to the server, which is also told what Sentry did not take. */
import { client, lastFailure, signedInAs } from "@/api/client";
import { RefusedError, UnreachableError } from "@/api/errors";

import type { SentryPlace } from "./sentry-door";

const TOLD_MAX = 5;
const FRAMES_MAX = 30;
/** A script error so soon after a failed call most likely comes from it: the answer is drawn at once, or not at all. */
const FAILED_BEFORE_MS_MAX = 2_000;
const told = new Set<string>();
let sentry: Promise<(error: StudioError) => Promise<boolean>> | null = null;

interface Place {
  file: string;
  function: string;
  line: number;
}

/** What is told of an error, to whomever. `request_id` is empty where no call failed moments before. */
export interface StudioError {
  type: string;
  message: string;
  level: "error";
  page: string;
  request_id: string;
  frames: Place[];
  browser: string;
  account_id: string;
  about: Record<string, string>;
}

/** `at render (http://host/studio/assets/index-ab12.js:10:5)` or `render@http://host/...:10:5`, without the address. */
function placeOf(line: string): Place | null {
  const found = /^\s*(?:at )?(.*?)(?:@| ?\(|(?=https?:))https?:\/\/[^/\s]+\/([^\s?#]*?)(?:[?#][^\s:]*)?:(\d+):\d+\)?$/.exec(line);
  if (found === null) return null;
  // A built file has another name after each release, and the same error is the same.
  const file = (found[2] ?? "").replace(/-[\w-]{8}(?=\.\w+$)/, "");
  return { function: (found[1] ?? "").trim().slice(0, 200), file: file.slice(0, 200), line: Number(found[3]) };
}

/** The way to an error, the last place last, as the server writes it. */
export function placesOf(error: Error): Place[] {
  const places = (error.stack ?? "").split("\n").map(placeOf);
  return places.filter((place) => place !== null).slice(0, FRAMES_MAX).reverse();
}

/** Tells of an error; what the server answered by itself it knows already, unless it broke. Never throws. */
export function tellError(error: unknown): void {
  if (error instanceof UnreachableError || (error instanceof RefusedError && error.status < 500)) return;
  const known = error instanceof Error ? error : new Error(String(error));
  const mark = `${known.name} ${known.message}`;
  if (told.has(mark) || told.size >= TOLD_MAX) return;
  told.add(mark);
  void tell({
    type: known.name.slice(0, 100) || "Error",
    message: known.message.slice(0, 2_000),
    level: "error",
    page: location.pathname.slice(0, 200),
    request_id: (known instanceof RefusedError && known.requestId) || failedMomentsAgo(),
    frames: placesOf(known),
    browser: navigator.userAgent.slice(0, 200),
    account_id: signedInAs() ?? "",
    about: thingsIn(location.pathname),
  });
}

/** The id of the last call that failed, where that was moments ago. */
function failedMomentsAgo(): string {
  const failure = lastFailure();
  return failure !== null && performance.now() - failure.at <= FAILED_BEFORE_MS_MAX ? failure.requestId : "";
}

/** The show and the episode that the page is about. */
function thingsIn(path: string): Record<string, string> {
  const found = [...path.matchAll(/\/((ep|show)_[0-9a-z]{26})(?=\/|$)/g)];
  return Object.fromEntries(found.map(([, id, kind]) => [kind === "ep" ? "episode_id" : "show_id", id ?? ""]));
}

async function tell(error: StudioError): Promise<void> {
  const { account_id: _ofSession, about: _ofPage, ...body } = error;
  // Whoever cannot tell of an error must not make another one.
  const taken = await toSentry(error).catch(() => false);
  if (!taken) await client.POST("/api/errors", { body }).catch(() => undefined);
}

async function toSentry(error: StudioError): Promise<boolean> {
  const place = document.querySelector<HTMLMetaElement>('meta[name="donecast-errors"]')?.content;
  if (!place) return false;
  sentry ??= import("./sentry-door").then((door) => door.openSentry(JSON.parse(place) as SentryPlace));
  return (await sentry)(error);
}

/** Tells of what nobody caught, for as long as the page is open. */
export function watchForErrors(page: Window): void {
  page.addEventListener("error", (event) => tellError(event.error ?? event.message));
  page.addEventListener("unhandledrejection", (event) => tellError(event.reason));
}

/** For tests: nothing was told yet. */
export function forgetTold(): void {
  told.clear();
  sentry = null;
}
