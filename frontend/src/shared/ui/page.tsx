/** The frame of a screen: one heading, what it is about above it, room on the right for a quiet line. */
import { clsx } from "clsx";
import { type ReactNode, useEffect } from "react";

interface PageProps {
  title: string;
  above?: ReactNode;
  beside?: ReactNode;
  wide?: boolean;
  children: ReactNode;
}

export function Page({ title, above, beside, wide = false, children }: PageProps) {
  useEffect(() => {
    document.title = `${title} · DoneCast`;
  }, [title]);
  return (
    <div className={clsx("mx-auto w-full px-4 py-6 md:px-10 md:py-10", wide ? "max-w-7xl" : "max-w-5xl")}>
      <header className="mb-6 flex flex-wrap items-end justify-between gap-x-8 gap-y-2">
        <div className="min-w-0">
          {above ? <div className="mb-1 text-small font-semibold text-soft">{above}</div> : null}
          <h1 className="text-title break-words">{title}</h1>
        </div>
        {beside ? <div className="text-small text-soft">{beside}</div> : null}
      </header>
      {children}
    </div>
  );
}

export function Card({ children, className }: { children: ReactNode; className?: string }) {
  return <section className={clsx("rounded-panel border border-line bg-card p-5 md:p-6", className)}>{children}</section>;
}

export function Loading({ what }: { what: string }) {
  return (
    <p role="status" className="py-6 text-soft">
      Loading {what}…
    </p>
  );
}
