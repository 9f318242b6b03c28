/** Opens the studio at an address, as a browser would, with a cache of its own. */
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { render } from "@testing-library/react";
import userEvent from "@testing-library/user-event";

import type { Me } from "@/api/types";
import { createQueries } from "@/app/queries";
import { createStudioRouter } from "@/app/router";

import { madeMe } from "./made-up";
import { answers, on } from "./server";

export function openStudio(path: string, { signedIn = true, role = "user" }: { signedIn?: boolean; role?: Me["account"]["role"] } = {}) {
  if (signedIn) on("get", "/api/auth/me", answers(madeMe(role)));
  history.replaceState(null, "", `/studio${path}`);
  const queries = createQueries();
  const router = createStudioRouter(queries);
  const person = userEvent.setup();
  const view = render(
    <QueryClientProvider client={queries}>
      <RouterProvider router={router} />
    </QueryClientProvider>,
  );
  return { queries, router, person, ...view };
}
