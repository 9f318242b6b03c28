/** A part of the page that asks the server for one thing, and says so when it cannot have it. */
import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";

import { ErrorCard } from "@/shared/ui/error-card";
import { Card, Loading } from "@/shared/ui/page";

interface SectionProps<Data> {
  heading: string;
  sentence: string;
  what: string;
  query: UseQueryResult<Data>;
  children: (data: Data) => ReactNode;
}

export function Section<Data>({ heading, sentence, what, query, children }: SectionProps<Data>) {
  return (
    <Card className="flex flex-col gap-4">
      <div>
        <h2 className="text-heading">{heading}</h2>
        <p className="text-soft">{sentence}</p>
      </div>
      {query.isError && query.data === undefined ? (
        <ErrorCard
          error={query.error}
          heading={`We could not load ${what}.`}
          action={{ words: "Try again", onPress: () => void query.refetch() }}
          busy={query.isFetching}
        />
      ) : null}
      {query.isPending ? <Loading what={what} /> : null}
      {query.data === undefined ? null : children(query.data)}
    </Card>
  );
}
