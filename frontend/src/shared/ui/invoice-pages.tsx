/** Pages of a ledger, the newest first, and the way to what came before. */
import type { InfiniteData, UseInfiniteQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";

import type { Episode, InvoiceEntry, InvoicePage } from "@/api/types";

import { Button } from "./button";
import { ErrorCard } from "./error-card";
import { OneInvoice } from "./one-invoice";
import { Loading } from "./page";

interface InvoicePagesProps {
  pages: UseInfiniteQueryResult<InfiniteData<InvoicePage>>;
  /** Whose titles can be told; the others are called an episode. */
  episodes?: readonly Episode[] | undefined;
  beside: (entry: InvoiceEntry) => ReactNode;
}

export function InvoicePages({ pages, episodes, beside }: InvoicePagesProps) {
  const invoices = pages.data?.pages.flatMap((page) => page.invoices);
  return (
    <>
      {pages.isError ? (
        <ErrorCard
          error={pages.error}
          heading="We could not load what came and went."
          action={{ words: "Try again", onPress: () => void pages.refetch() }}
          busy={pages.isFetching}
        />
      ) : null}
      {pages.isPending ? <Loading what="what came and went" /> : null}
      {invoices?.length === 0 ? <p className="text-soft">Nothing yet.</p> : null}
      <ul className="divide-y divide-line">
        {invoices?.map((invoice) => (
          <li key={invoice.entries[0]?.id} className="py-4">
            <OneInvoice
              invoice={invoice}
              episode={episodes?.find(({ id }) => id === invoice.episode_id)}
              beside={beside}
            />
          </li>
        ))}
      </ul>
      {pages.hasNextPage ? (
        <Button
          className="self-start"
          onClick={() => void pages.fetchNextPage()}
          busy={pages.isFetchingNextPage && "Loading…"}
        >
          Show what came before
        </Button>
      ) : null}
    </>
  );
}
