/** Something that most people leave alone: folded away, and not even asked for until it is opened. */
import { type ReactNode, useState } from "react";

export function Fold({ words, children }: { words: string; children: ReactNode }) {
  const [opened, setOpened] = useState(false);
  return (
    <details onToggle={(event) => setOpened((before) => before || event.currentTarget.open)}>
      <summary className="flex min-h-11 cursor-pointer items-center font-semibold text-pine">{words}</summary>
      {opened ? <div className="mt-3 flex flex-col gap-5">{children}</div> : null}
    </details>
  );
}
