/** What only whoever runs this DoneCast may see; everybody else reads that under the page's title. */
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";

import { meQuery } from "@/api/account";

import { Card, Page } from "./page";

export function ForAdmins({ title, children }: { title: string; children: ReactNode }) {
  const me = useQuery(meQuery);
  if (me.data?.account.role === "admin") return children;
  return (
    <Page title={title}>
      <Card>
        <p>Only the person who runs this DoneCast can see this page.</p>
      </Card>
    </Page>
  );
}
