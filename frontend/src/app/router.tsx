/** Every address of the studio. Screens load when they are first asked for. */
import type { QueryClient } from "@tanstack/react-query";
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
} from "@tanstack/react-router";

import { meQuery } from "@/api/account";
import { isSignedOut } from "@/api/errors";

import { NotFound, ScreenError } from "./screen-error";
import { Shell } from "./shell";

interface Context {
  queries: QueryClient;
}

const optionalText = (value: unknown): string | undefined =>
  typeof value === "string" && value !== "" ? value : undefined;

const root = createRootRouteWithContext<Context>()({ component: Outlet });

/** Where to go after signing in; only addresses of the studio itself are followed. A value that is refused is said
 * to be undefined, because what is merely left out keeps the address bar's own value. */
const signInSearch = (search: Record<string, unknown>): { next?: string | undefined } => {
  const next = optionalText(search.next);
  return { next: next !== undefined && /^\/(?![/\\])/.test(next) ? next : undefined };
};

/** Where the payment service sends people back to: which order, and whether they paid or turned back. */
const purchaseSearch = (search: Record<string, unknown>): { purchase?: string | undefined; paid?: 1 | undefined } => ({
  purchase: optionalText(search.purchase),
  paid: search.paid === 1 ? 1 : undefined,
});

const signIn = createRoute({
  getParentRoute: () => root,
  path: "/sign-in",
  validateSearch: signInSearch,
  component: lazyRouteComponent(() => import("@/features/account/sign-in-page"), "SignInPage"),
});

const signUp = createRoute({
  getParentRoute: () => root,
  path: "/sign-up",
  component: lazyRouteComponent(() => import("@/features/account/sign-up-page"), "SignUpPage"),
});

const desk = createRoute({
  getParentRoute: () => root,
  id: "desk",
  component: Shell,
  beforeLoad: async ({ context, location }) => {
    try {
      await context.queries.ensureQueryData({ ...meQuery, revalidateIfStale: true });
    } catch (error) {
      if (!isSignedOut(error)) throw error;
      throw redirect({ to: "/sign-in", search: location.pathname === "/" ? {} : { next: location.href } });
    }
  },
});

const home = createRoute({
  getParentRoute: () => desk,
  path: "/",
  component: lazyRouteComponent(() => import("@/features/home/home-page"), "HomePage"),
});

const newEpisode = createRoute({
  getParentRoute: () => desk,
  path: "/new",
  validateSearch: (search: Record<string, unknown>): { episode?: string | undefined } => ({
    episode: optionalText(search.episode),
  }),
  component: lazyRouteComponent(() => import("@/features/new-episode/new-episode-page"), "NewEpisodePage"),
});

const episode = createRoute({
  getParentRoute: () => desk,
  path: "/episodes/$episodeId",
  component: lazyRouteComponent(() => import("@/features/episode/episode-page"), "EpisodePage"),
});

const shows = createRoute({
  getParentRoute: () => desk,
  path: "/shows",
  validateSearch: (search: Record<string, unknown>): { show?: string | undefined } => ({
    show: optionalText(search.show),
  }),
  component: lazyRouteComponent(() => import("@/features/shows/shows-page"), "ShowsPage"),
});

const credits = createRoute({
  getParentRoute: () => desk,
  path: "/credits",
  validateSearch: purchaseSearch,
  component: lazyRouteComponent(() => import("@/features/credits/credits-page"), "CreditsPage"),
});

const plans = createRoute({
  getParentRoute: () => desk,
  path: "/plans",
  component: lazyRouteComponent(() => import("@/features/plans/plans-page"), "PlansPage"),
});

const errors = createRoute({
  getParentRoute: () => desk,
  path: "/errors",
  component: lazyRouteComponent(() => import("@/features/errors/errors-page"), "ErrorsPage"),
});

const error = createRoute({
  getParentRoute: () => desk,
  path: "/errors/$errorId",
  component: lazyRouteComponent(() => import("@/features/errors/errors-page"), "ErrorPage"),
});

const autoOps = createRoute({
  getParentRoute: () => desk,
  path: "/auto-ops",
  component: lazyRouteComponent(() => import("@/features/auto-ops/auto-ops-page"), "AutoOpsPage"),
});

const autoOpsRun = createRoute({
  getParentRoute: () => desk,
  path: "/auto-ops/$runId",
  component: lazyRouteComponent(() => import("@/features/auto-ops/auto-ops-page"), "AutoOpsRunPage"),
});

const monitoring = createRoute({
  getParentRoute: () => desk,
  path: "/monitoring",
  component: lazyRouteComponent(() => import("@/features/monitoring/monitoring-page"), "MonitoringPage"),
});

const messages = createRoute({
  getParentRoute: () => desk,
  path: "/messages",
  component: lazyRouteComponent(() => import("@/features/messages/messages-page"), "MessagesPage"),
});

const problem = createRoute({
  getParentRoute: () => desk,
  path: "/problem",
  validateSearch: (search: Record<string, unknown>): { page?: string | undefined; request?: string | undefined } => ({
    page: optionalText(search.page)?.slice(0, 500),
    request: /^[A-Za-z0-9._-]{1,64}$/.test(String(search.request ?? "")) ? String(search.request) : undefined,
  }),
  component: lazyRouteComponent(() => import("@/features/reports/problem-page"), "ProblemPage"),
});

const reports = createRoute({
  getParentRoute: () => desk,
  path: "/reports",
  component: lazyRouteComponent(() => import("@/features/reports/reports-page"), "ReportsPage"),
});

const report = createRoute({
  getParentRoute: () => desk,
  path: "/reports/$reportId",
  component: lazyRouteComponent(() => import("@/features/reports/report-page"), "ReportPage"),
});

const routes = root.addChildren([
  signIn,
  signUp,
  desk.addChildren([
    ...[home, newEpisode, episode, shows, credits, messages, problem, plans, errors, error, monitoring, reports, report],
    ...[autoOps, autoOpsRun],
  ]),
]);

export function createStudioRouter(queries: QueryClient) {
  return createRouter({
    routeTree: routes,
    basepath: "/studio",
    context: { queries },
    defaultErrorComponent: ScreenError,
    defaultNotFoundComponent: NotFound,
    scrollRestoration: true,
  });
}

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof createStudioRouter>;
  }
}
