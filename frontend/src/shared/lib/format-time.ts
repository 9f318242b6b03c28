/** Times as people say them. Audio times come in milliseconds, instants as ISO 8601 in UTC. */

const WEEKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"] as const;

/** 0 is Monday, as the server counts. */
export const weekdayName = (weekday: number): string => WEEKDAYS[weekday] ?? "";
export const weekdays: readonly string[] = WEEKDAYS;

/** "4:05" or "1:00:09": the face of a clock. */
export function clockTime(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const pad = (value: number) => String(value).padStart(2, "0");
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  return hours > 0 ? `${hours}:${pad(minutes)}:${pad(seconds % 60)}` : `${minutes}:${pad(seconds % 60)}`;
}

/** "2:03.45": the face of a clock, to the hundredth, where an edge is moved. */
export function exactClock(ms: number): string {
  const hundredths = Math.round(Math.max(0, ms) / 10);
  return `${clockTime(Math.floor(hundredths / 100) * 1000)}.${String(hundredths % 100).padStart(2, "0")}`;
}

/** "2 minutes 3.4 seconds": an instant of a recording, to the hundredth, for people who listen to the page. */
export function spokenInstant(ms: number): string {
  const hundredths = Math.round(Math.max(0, ms) / 10);
  const [hours, minutes, seconds] = [Math.floor(hundredths / 360_000), Math.floor(hundredths / 6_000) % 60, (hundredths % 6_000) / 100];
  const unit = (value: number, name: string) => `${value} ${name}${value === 1 ? "" : "s"}`;
  const large = [hours > 0 ? unit(hours, "hour") : "", minutes > 0 ? unit(minutes, "minute") : ""].filter(Boolean);
  return (seconds > 0 || large.length === 0 ? [...large, unit(seconds, "second")] : large).join(" ");
}

/** "1.9 s", "24 s": where there is no room for the word. */
export const shortLength = (ms: number): string => `${ms < 10_000 ? Math.round(ms / 100) / 10 : Math.round(ms / 1000)} s`;

/** "1 minute 5 seconds", "12 seconds", "1.9 seconds": for sentences and for people who listen to the page. */
export function spokenLength(ms: number): string {
  if (ms < 10_000) {
    const tenths = (Math.round(ms / 100) / 10).toString();
    return tenths === "1" ? "1 second" : `${tenths} seconds`;
  }
  const all = Math.round(ms / 1000);
  const unit = (value: number, name: string) => (value === 0 ? [] : [`${value} ${name}${value === 1 ? "" : "s"}`]);
  const hours = Math.floor(all / 3600);
  const minutes = Math.floor((all % 3600) / 60);
  return [...unit(hours, "hour"), ...unit(minutes, "minute"), ...unit(hours > 0 ? 0 : all % 60, "second")].join(" ");
}

/** "Thursday 7:00": the weekday and time of a slot. */
export function slotName(slot: { weekday: number; time: string }): string {
  return `${weekdayName(slot.weekday)} ${slot.time.replace(/^0(?=\d:)/, "")}`;
}

/** "Thursday 26 November, 7:00" in the show's own time zone. */
export function dayAndTime(instant: string, timeZone?: string): string {
  const zone = timeZone === undefined ? {} : { timeZone };
  const date = new Date(instant);
  const day = date.toLocaleDateString("en-GB", { weekday: "long", day: "numeric", month: "long", ...zone });
  const time = date.toLocaleTimeString("en-GB", { hour: "numeric", minute: "2-digit", ...zone });
  return `${day}, ${time.replace(/^0(?=\d:)/, "")}`;
}

export function dateOnly(instant: string): string {
  return new Date(instant).toLocaleDateString("en-GB", { day: "numeric", month: "long", year: "numeric" });
}

/** "10:42" today, "30 November, 10:42" on another day: where a whole date would be too much. */
export function shortMoment(instant: string, now: Date = new Date()): string {
  const date = new Date(instant);
  const time = date.toLocaleTimeString("en-GB", { hour: "numeric", minute: "2-digit" }).replace(/^0(?=\d:)/, "");
  if (date.toDateString() === now.toDateString()) return time;
  return `${date.toLocaleDateString("en-GB", { day: "numeric", month: "long" })}, ${time}`;
}
