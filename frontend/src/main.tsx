import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { tellError, watchForErrors } from "./app/error-reports";
import { createQueries } from "./app/queries";
import { createStudioRouter } from "./app/router";
import "./index.css";
import { loadPreferences } from "./shared/lib/preferences";

loadPreferences();
watchForErrors(window);
const queries = createQueries();
const router = createStudioRouter(queries);

const root = document.getElementById("studio");
if (root === null) throw new Error("The page has no place for the studio.");

createRoot(root, { onCaughtError: tellError, onUncaughtError: tellError }).render(
  <StrictMode>
    <QueryClientProvider client={queries}>
      <RouterProvider router={router} />
    </QueryClientProvider>
  </StrictMode>,
);
