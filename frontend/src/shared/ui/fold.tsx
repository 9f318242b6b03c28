/** Something that most people leave alone: folded away, and not even asked for until it is opened. */
import { ChevronRight } from "lucide-react";
import { type ReactNode, useState } from "react";

export function Fold({ words, children }: { words: string; children: ReactNode }) {
  const [opened, setOpened] = useState(false);
  return (
    <details className="group/fold" onToggle={(event) => setOpened(event.currentTarget.open || opened)}>
      <summary className="flex min-h-11 cursor-pointer items-center gap-1.5 font-semibold text-pine">
        <ChevronRight aria-hidden className="size-5 shrink-0 group-open/fold:rotate-90" />
        {words}
      </summary>
      {opened ? <div className="mt-3 flex flex-col gap-5">{children}</div> : null}
    </details>
  );
}
