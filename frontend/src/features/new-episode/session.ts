/** The episode being started, kept outside the page so that looking elsewhere in the studio stops nothing.
 *
 *     idle -> sending -> checking -> starting -> started
 *               any of them -> failed -> (try again) -> the same one
 */
import { createEpisode, produceEpisode, updateEpisode } from "@/api/episodes";
import { readQuote } from "@/api/billing";
import { isRefusedForGood } from "@/api/errors";
import { readMedia } from "@/api/media";
import type { Episode, Media, PublishWhen, Quote } from "@/api/types";
import { titleFromFileName } from "@/shared/lib/format-size";

import { type Pace, paceSentence } from "./upload-pace";
import { sendRecording } from "./send-recording";

const CHECK_AGAIN_MS = 1_000;

export type Phase = "idle" | "sending" | "checking" | "starting" | "started" | "failed";

/** `file`: the server does not take this one, whatever is done. */
export type FailedIn = "sending" | "file" | "checking" | "starting";

/** What a person typed; an absent field was never touched and may be filled by a draft. */
export interface Typed {
  title?: string;
  notes?: string;
  when?: PublishWhen;
  transcriber?: string | null;
  voice?: string | null;
}

export interface SessionState {
  phase: Phase;
  failedIn: FailedIn | null;
  error: unknown;
  file: { name: string; bytes: number } | null;
  sentBytes: number;
  pace: string | null;
  media: Media | null;
  episode: Episode | null;
  /** What making it takes at most, as it was before the work began. */
  quote: Quote | null;
  typed: Typed;
  /** What the main button was pressed for before the episode existed on the server. */
  confirmed: PublishWhen | null;
  /** The page has gone on to the episode's own address; coming back without one means a new start. */
  handedOver: boolean;
}

const IDLE: SessionState = {
  phase: "idle",
  failedIn: null,
  error: null,
  file: null,
  sentBytes: 0,
  pace: null,
  media: null,
  episode: null,
  quote: null,
  typed: {},
  confirmed: null,
  handedOver: false,
};

export class NewEpisodeSession {
  private state = IDLE;
  private file: File | null = null;
  private showId = "";
  private mediaId = "";
  private run = 0;
  private readonly listeners = new Set<() => void>();

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  read = (): SessionState => this.state;

  reset(): void {
    this.run += 1;
    this.set({ ...IDLE });
  }

  type(change: Typed): void {
    this.set({ ...this.state, typed: { ...this.state.typed, ...change } });
  }

  confirm(when: PublishWhen): void {
    this.set({ ...this.state, confirmed: when });
  }

  handOver(): void {
    this.set({ ...this.state, handedOver: true });
  }

  choose(file: File, showId: string): void {
    this.file = file;
    this.showId = showId;
    this.mediaId = "";
    this.set({ ...this.state, file: { name: file.name, bytes: file.size }, sentBytes: 0, media: null, episode: null, quote: null });
    this.send();
  }

  tryAgain(): void {
    if (this.state.failedIn === "sending") this.send();
    else if (this.mediaId !== "") void this.start();
  }

  private send(): void {
    const file = this.file;
    if (file === null) return;
    const run = this.newRun("sending");
    let pace: Pace | null = null;
    sendRecording(file, {
      onSent: (sentBytes) => {
        if (run !== this.run) return;
        const now = Date.now();
        pace ??= { startedAt: now, startedAtByte: sentBytes };
        this.set({ ...this.state, sentBytes, pace: paceSentence(pace, now, sentBytes, file.size) });
      },
      onArrived: (mediaId) => {
        if (run !== this.run) return;
        this.mediaId = mediaId;
        void this.start();
      },
      onFailed: (error) => this.fail(run, isRefusedForGood(error) ? "file" : "sending", error),
    });
  }

  /** From a recording on the server to a running production. Each part is skipped when it was done before. */
  private async start(): Promise<void> {
    const run = this.newRun("checking");
    try {
      const media = await this.checkedMedia(run);
      if (run !== this.run) return;
      this.set({ ...this.state, media });
      if (media.state === "refused") {
        this.fail(run, "file", new Error(media.problem ?? "It is not a sound file that we know."));
        return;
      }
      this.set({ ...this.state, phase: "starting" });
      const { typed, file } = this.state;
      const title = typed.title?.trim() || titleFromFileName(file?.name ?? "");
      let episode =
        this.state.episode ??
        (await createEpisode({
          show_id: this.showId,
          recording_id: this.mediaId,
          title,
          ...(typed.transcriber && { transcriber: typed.transcriber }),
          ...(typed.voice && { voice: typed.voice }),
        }));
      this.set({ ...this.state, episode });
      const quote = await readQuote(episode.id);
      if (run !== this.run) return;
      this.set({ ...this.state, quote });
      let when: PublishWhen;
      let operationId: string;
      do {
        when = this.state.confirmed ?? "not_yet";
        episode = await updateEpisode(episode.id, { title, notes: typed.notes ?? episode.notes, publish_when: when });
        operationId = (await produceEpisode(episode.id, when)).operation_id;
        if (run !== this.run) return;
      } while ((this.state.confirmed ?? "not_yet") !== when); // the button may be pressed while this runs
      this.set({ ...this.state, phase: "started", episode: { ...episode, operation_id: operationId } });
    } catch (error) {
      this.fail(run, this.state.phase === "starting" ? "starting" : "checking", error);
    }
  }

  private async checkedMedia(run: number): Promise<Media> {
    let media = await readMedia(this.mediaId);
    while (media.state === "checking" && run === this.run) {
      await new Promise((wake) => setTimeout(wake, CHECK_AGAIN_MS));
      media = await readMedia(this.mediaId);
    }
    return media;
  }

  private newRun(phase: Phase): number {
    this.run += 1;
    this.set({ ...this.state, phase, failedIn: null, error: null, pace: null });
    return this.run;
  }

  private fail(run: number, failedIn: FailedIn, error: unknown): void {
    if (run === this.run) this.set({ ...this.state, phase: "failed", failedIn, error, pace: null });
  }

  private set(state: SessionState): void {
    this.state = state;
    for (const listener of this.listeners) listener();
  }
}

export const session = new NewEpisodeSession();
