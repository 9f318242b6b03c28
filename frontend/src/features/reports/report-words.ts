/** Words for reports of problems. */
import type { BugReport } from "@/api/types";

export const STATES: Record<BugReport["state"], string> = {
  new: "New",
  acknowledged: "Seen",
  investigating: "Being looked into",
  resolved: "Mended",
  wont_fix: "Stays as it is",
};

export const SEVERITIES: Record<BugReport["severity"], string> = {
  critical: "Critical",
  high: "High",
  medium: "Medium",
  low: "Low",
};

export const CATEGORIES: Record<BugReport["category"], string> = {
  upload: "Upload",
  transcription: "Words",
  assembly: "Putting together",
  other: "Other",
  by_hand: "Told by a person",
};

export function headline(counts: Record<string, number>): string {
  const waiting = (counts.new ?? 0) + (counts.acknowledged ?? 0) + (counts.investigating ?? 0);
  if (waiting === 0) return "No problem is waiting.";
  return waiting === 1 ? "1 problem is waiting." : `${waiting} problems are waiting.`;
}

/** "episode_id" as the name of a fact: "Episode id". */
export function capital(name: string): string {
  const plain = name.replaceAll("_", " ");
  return plain.charAt(0).toUpperCase() + plain.slice(1);
}
