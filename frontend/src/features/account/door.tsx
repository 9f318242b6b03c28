/** The front door: one card in the middle, the brand above it. */
import { type ReactNode, useEffect } from "react";

import { Mark } from "@/shared/ui/mark";

export function Door({ title, lead, children }: { title: string; lead: string; children: ReactNode }) {
  useEffect(() => {
    document.title = `${title} · DoneCast`;
  }, [title]);
  return (
    <main className="mx-auto flex min-h-dvh w-full max-w-md flex-col justify-center gap-6 px-4 py-10">
      <a href="/" className="flex min-h-11 items-center gap-2.5 self-start">
        <Mark className="size-8 text-pine" />
        <span className="font-reading text-heading font-semibold">DoneCast</span>
      </a>
      <div>
        <h1 className="text-title">{title}</h1>
        <p className="mt-1 text-soft">{lead}</p>
      </div>
      {children}
    </main>
  );
}
