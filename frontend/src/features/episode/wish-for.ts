/** What becomes of an episode that is made again. Pure. */
import type { Episode, PublishWhen } from "@/api/types";

/** An episode that is out, or about to be, gets its new sound without asking once more. */
export const wishFor = ({ state }: Episode): PublishWhen =>
  state === "live" ? "now" : state === "scheduled" ? "slot" : "not_yet";
