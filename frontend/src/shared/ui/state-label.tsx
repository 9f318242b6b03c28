/** An episode's state: a word on a wash, with a shape, never a colour alone. */
import { clsx } from "clsx";
import { CircleAlert, CircleCheck, CircleDashed, LoaderCircle, type LucideIcon } from "lucide-react";

import type { StateWords, Tone } from "@/shared/lib/episode-words";

const LOOKS: Record<Tone, { icon: LucideIcon; look: string }> = {
  calm: { icon: CircleDashed, look: "bg-well text-ink" },
  good: { icon: CircleCheck, look: "bg-ok-wash text-ok" },
  attention: { icon: CircleAlert, look: "bg-amber-wash text-amber" },
  working: { icon: LoaderCircle, look: "bg-sky-wash text-sky" },
};

export function StateLabel({ state }: { state: StateWords }) {
  const { icon: Icon, look } = LOOKS[state.tone];
  return (
    <span className={clsx("inline-flex items-center gap-1.5 rounded-round px-3 py-1 text-small font-semibold", look)}>
      <Icon aria-hidden className="size-4 shrink-0" />
      {state.words}
    </span>
  );
}
