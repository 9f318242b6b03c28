/** The studio's way to Sentry: a part of its own, which is loaded when there is something to tell and a place to tell it.
 *
 * The SDK's client is used, and none of its integrations: nothing of the page is patched or watched, and nothing leaves
 * but what is written here. */
import { BrowserClient, type Event, makeFetchTransport, Scope } from "@sentry/browser";

import type { StudioError } from "./error-reports";
import { scrubbed } from "./scrubbed";

/** What the server wrote into the page. */
export interface SentryPlace {
  dsn: string;
  environment: string;
  release: string;
}

type TakenBySentry = (error: StudioError) => Promise<boolean>;

const ANSWER_MS_MAX = 10_000;

/** The error as Sentry reads it, without secrets. */
export function eventOf(error: StudioError): Event {
  const frames = error.frames.map((place) => ({
    filename: place.file,
    function: place.function,
    lineno: place.line,
    in_app: true,
  }));
  return {
    level: error.level,
    platform: "javascript",
    transaction: error.page,
    tags: { source: "studio", request_id: error.request_id || "none", browser: error.browser, ...error.about },
    user: error.account_id ? { id: error.account_id } : {},
    exception: { values: [{ type: scrubbed(error.type, 100), value: scrubbed(error.message), stacktrace: { frames } }] },
  };
}

/** Opens the way; what it answers for each error is whether Sentry took it. */
export function openSentry(place: SentryPlace): TakenBySentry {
  const waiting = new Map<string, (taken: boolean) => void>();
  const client = new BrowserClient({
    dsn: place.dsn,
    environment: place.environment,
    release: place.release,
    integrations: [],
    transport: makeFetchTransport,
    stackParser: () => [],
    sendClientReports: false,
  });
  client.on("afterSendEvent", (event, answer) => {
    waiting.get(event.event_id ?? "")?.(answer.statusCode !== undefined && answer.statusCode < 300);
  });
  client.init();
  return (error) =>
    new Promise((resolve) => {
      const id = crypto.randomUUID().replaceAll("-", "");
      const answered = (taken: boolean) => {
        waiting.delete(id);
        resolve(taken);
      };
      waiting.set(id, answered);
      setTimeout(() => answered(false), ANSWER_MS_MAX);
      client.captureEvent({ ...eventOf(error), event_id: id }, { event_id: id }, new Scope());
    });
}
