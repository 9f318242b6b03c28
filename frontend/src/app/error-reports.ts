/** The studio's own errors are told to the server, a few of each page at most, with the request that failed. */
import { client } from "@/api/client";
import { RefusedError, UnreachableError } from "@/api/errors";

const TOLD_MAX = 5;
const FRAMES_MAX = 30;
const told = new Set<string>();

interface Place {
  file: string;
  function: string;
  line: number;
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
  const body = {
    type: known.name.slice(0, 100) || "Error",
    message: known.message.slice(0, 2_000),
    level: "error" as const,
    page: location.pathname.slice(0, 200),
    request_id: (known instanceof RefusedError && known.requestId) || "",
    frames: placesOf(known),
    browser: navigator.userAgent.slice(0, 200),
  };
  // Whoever cannot tell of an error must not make another one.
  void client.POST("/api/errors", { body }).catch(() => undefined);
}

/** Tells of what nobody caught, for as long as the page is open. */
export function watchForErrors(page: Window): void {
  page.addEventListener("error", (event) => tellError(event.error ?? event.message));
  page.addEventListener("unhandledrejection", (event) => tellError(event.reason));
}

/** For tests: nothing was told yet. */
export function forgetTold(): void {
  told.clear();
}
