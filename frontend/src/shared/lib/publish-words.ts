/** The words around "When should it go out?", shared by every place that asks it. */
import type { PublishWhen, Show } from "@/api/types";
import type { Choice } from "@/shared/ui/choice-cards";

import { slotName } from "./format-time";

type SlotOf = Pick<Show, "slot" | "next_slot_at"> | undefined;

export function publishChoices(show: SlotOf, ready: boolean): Choice<PublishWhen>[] {
  return [
    { value: "now", name: "Now", explanation: ready ? "Straight away" : "As soon as it is ready" },
    show?.slot
      ? { value: "slot", name: slotName(show.slot), explanation: "Your usual slot" }
      : { value: "slot", name: "Usual slot", explanation: "Set one under Your show", disabled: true },
    { value: "not_yet", name: "Not yet", explanation: "Keep it as a draft" },
  ];
}

const timeOf = (when: PublishWhen, show: SlotOf): string =>
  when === "now" ? "now" : show?.slot ? slotName(show.slot) : "in the usual slot";

/** For an episode whose cuts have changed since it was made. */
export const remakeButton = (when: PublishWhen, show: SlotOf): string =>
  `Make it again, then publish ${timeOf(when, show)}`;

/** The main button, named by what will have happened. */
export function publishButton(when: PublishWhen, show: SlotOf, ready: boolean): string {
  if (when === "not_yet") return "Keep as a draft";
  const time = timeOf(when, show);
  if (ready) return `Publish ${time}`;
  return when === "now" ? "Publish when ready" : `Publish ${time} when ready`;
}

export function publishPromise(when: PublishWhen, show: SlotOf): string {
  if (when === "not_yet") return "It stays a draft until you say when.";
  if (when === "now") return "It goes out as soon as it is ready.";
  return show?.slot ? `It goes out ${slotName(show.slot)}.` : "It goes out in your usual slot.";
}
