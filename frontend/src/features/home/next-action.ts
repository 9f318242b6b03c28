/** "What needs me?": the one thing worth doing next, decided from the episodes alone. */
import type { Episode, Show } from "@/api/types";
import { titleOf } from "@/shared/lib/episode-words";
import { dayAndTime } from "@/shared/lib/format-time";

export interface NextAction {
  heading: string;
  sentence: string;
  button: string;
  /** The episode to open; null starts a new one. */
  episodeId: string | null;
}

const newestFirst = (one: Episode, other: Episode) => other.updated_at.localeCompare(one.updated_at);

/** Trouble first, then what waits for a decision, then what runs, then what is planned, then a fresh start. */
export function nextAction(episodes: readonly Episode[], shows: readonly Show[]): NextAction {
  const latest = (state: Episode["state"]) => episodes.filter((episode) => episode.state === state).sort(newestFirst)[0];

  const stuck = latest("needs_you");
  if (stuck) {
    return {
      heading: `“${titleOf(stuck)}” needs you`,
      sentence: "Something stopped while it was being made. Your recording is kept.",
      button: "See what it needs",
      episodeId: stuck.id,
    };
  }
  const ready = latest("ready");
  if (ready) {
    return {
      heading: `“${titleOf(ready)}” is ready to check`,
      sentence: "Listen to it, look at the proposed cuts, and send it out when you are happy.",
      button: "Check and publish",
      episodeId: ready.id,
    };
  }
  const working = latest("working");
  if (working) {
    return {
      heading: `“${titleOf(working)}” is being made`,
      sentence: "You can close this page. The work goes on without it.",
      button: "Watch it being made",
      episodeId: working.id,
    };
  }
  const scheduled = latest("scheduled");
  if (scheduled) {
    const zone = shows.find(({ id }) => id === scheduled.show_id)?.time_zone;
    return {
      heading: `“${titleOf(scheduled)}” is set to go out`,
      sentence: scheduled.published_at ? `${dayAndTime(scheduled.published_at, zone)}. Nothing to do until then.` : "",
      button: "Start the next episode",
      episodeId: null,
    };
  }
  return {
    heading: "Nothing waits for you",
    sentence: "When you have your next recording, drop it in.",
    button: "Start a new episode",
    episodeId: null,
  };
}
