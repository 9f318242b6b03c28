/** How bad an error is: a word on a wash, with a shape. */
import { clsx } from "clsx";
import { CircleAlert, CircleDashed, OctagonAlert, type LucideIcon } from "lucide-react";

import type { ErrorRow } from "@/api/types";

import { LEVEL_WORDS } from "./error-words";

const LOOKS: Record<ErrorRow["level"], { icon: LucideIcon; look: string }> = {
  fatal: { icon: OctagonAlert, look: "bg-cut-wash text-cut" },
  error: { icon: CircleAlert, look: "bg-cut-wash text-cut" },
  warning: { icon: CircleAlert, look: "bg-amber-wash text-amber" },
  info: { icon: CircleDashed, look: "bg-well text-ink" },
  debug: { icon: CircleDashed, look: "bg-well text-ink" },
};

export function LevelLabel({ level }: { level: ErrorRow["level"] }) {
  const { icon: Icon, look } = LOOKS[level];
  return (
    <span className={clsx("inline-flex items-center gap-1.5 rounded-round px-3 py-1 text-small font-semibold", look)}>
      <Icon aria-hidden className="size-4 shrink-0" />
      {LEVEL_WORDS[level]}
    </span>
  );
}
