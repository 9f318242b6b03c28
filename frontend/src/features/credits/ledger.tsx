/** Every credit that came and went, like invoices: what belongs to one episode stands together. */
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Download } from "lucide-react";
import { useState } from "react";

import { ledgerQuery, refundRequestsQuery, STATEMENT_URL } from "@/api/billing";
import { episodesQuery } from "@/api/episodes";
import { buttonLook } from "@/shared/ui/button";
import { SelectField } from "@/shared/ui/field";
import { InvoicePages } from "@/shared/ui/invoice-pages";
import { Card } from "@/shared/ui/page";

import { AskBack } from "./ask-back";

const FILTERS = [
  { value: "all", words: "Everything", ofEpisodes: null },
  { value: "episodes", words: "Episodes", ofEpisodes: true },
  { value: "others", words: "All but episodes", ofEpisodes: false },
] as const;

export function Ledger() {
  const [filter, setFilter] = useState<(typeof FILTERS)[number]>(FILTERS[0]);
  const pages = useInfiniteQuery(ledgerQuery(filter.ofEpisodes));
  const requests = useQuery(refundRequestsQuery);
  const episodes = useQuery(episodesQuery);
  return (
    <Card className="flex flex-col gap-4">
      <div className="flex flex-wrap items-end justify-between gap-x-6 gap-y-3">
        <h2 className="text-heading">What came and went</h2>
        <a href={STATEMENT_URL} download className={buttonLook("plain")}>
          <Download aria-hidden className="size-5" />
          All of it as a spreadsheet (CSV)
        </a>
      </div>
      <div className="max-w-xs">
        <SelectField
          label="What to list"
          value={filter.value}
          onChange={({ target }) => setFilter(FILTERS.find(({ value }) => value === target.value) ?? FILTERS[0])}
        >
          {FILTERS.map(({ value, words }) => (
            <option key={value} value={value}>
              {words}
            </option>
          ))}
        </SelectField>
      </div>
      <InvoicePages
        pages={pages}
        episodes={episodes.data}
        beside={(entry) => <AskBack entry={entry} request={requests.data?.find((one) => one.charge_id === entry.id)} />}
      />
    </Card>
  );
}
