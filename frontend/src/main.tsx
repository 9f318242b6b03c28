import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { createQueries } from "./app/queries";
import { createStudioRouter } from "./app/router";
import "./index.css";
import { loadPreferences } from "./shared/lib/preferences";

loadPreferences();
const queries = createQueries();
const router = createStudioRouter(queries);

const root = document.getElementById("studio");
if (root === null) throw new Error("The page has no place for the studio.");

createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={queries}>
      <RouterProvider router={router} />
    </QueryClientProvider>
  </StrictMode>,
);
