/** An episode's state as a person would say it. */
import type { Episode, Show } from "@/api/types";

import { dayAndTime } from "./format-time";

export type Tone = "calm" | "good" | "attention" | "working";

export interface StateWords {
  words: string;
  tone: Tone;
}

export function stateWords(episode: Episode, show?: Pick<Show, "time_zone">): StateWords {
  switch (episode.state) {
    case "draft":
      return { words: "Draft", tone: "calm" };
    case "working":
      return { words: "Being made", tone: "working" };
    case "needs_you":
      return { words: "Needs you", tone: "attention" };
    case "ready":
      return { words: "Ready to check", tone: "good" };
    case "scheduled":
      return {
        words: episode.published_at ? `Goes out ${dayAndTime(episode.published_at, show?.time_zone)}` : "Goes out soon",
        tone: "calm",
      };
    case "live":
      return { words: "On air", tone: "good" };
  }
}

export const titleOf = (episode: Pick<Episode, "title">): string => episode.title.trim() || "Episode without a title";
