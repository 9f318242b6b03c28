/** Made-up errors as the admin's pages get them. */
import type { ErrorDetail, ErrorPage, ErrorRow, ErrorSource, ErrorStats, ErrorTrend } from "@/api/types";

export const madeSource = (over: Partial<ErrorSource> = {}): ErrorSource => ({
  kind: "sentry",
  state: "ok",
  as_of: "2026-11-30T10:42:00Z",
  message: "",
  action: "",
  complete: true,
  read_only: false,
  ...over,
});

export const TOKEN_DEAD: Partial<ErrorSource> = {
  state: "sentry_token_dead",
  message: "Sentry does not accept our token.",
  action: "Make a new one.",
};

export const madeError = (over: Partial<ErrorRow> = {}): ErrorRow => ({
  id: "41",
  issue_id: "41",
  short_id: "DONECAST-29",
  title: "ValueError: a bean is not green",
  error_type: "ValueError",
  message: "a bean is not green",
  culprit: "donecast.episodes.service in make",
  level: "error",
  environment: "production",
  user_email: "rose@example.org",
  user_count: 2,
  first_seen: "2026-11-28T10:00:00Z",
  last_seen: "2026-11-30T10:40:00Z",
  event_count: 12,
  status: "unresolved",
  assigned_to: "",
  url: "https://sentry.example.org/issues/41/",
  trend_24h: [0, 1, 4],
  trend_14d: [0, 0, 12],
  ...over,
});

export const madeErrorPage = (events: ErrorRow[], over: Partial<ErrorPage> = {}): ErrorPage => ({
  events,
  total: events.length,
  next_cursor: null,
  source: madeSource(),
  ...over,
});

export const madeErrorStats = (over: Partial<ErrorStats> = {}): ErrorStats => ({
  total_unresolved: 3,
  critical_errors: 2,
  warnings: 1,
  most_recent: madeError(),
  api_available: true,
  source: madeSource(),
  ...over,
});

export const madeErrorTrend = (): ErrorTrend => ({
  period: "24h",
  bars: [
    { until: "2026-11-30T09:00:00Z", count: 2 },
    { until: "2026-11-30T10:00:00Z", count: 5 },
  ],
  source: madeSource(),
});

export const madeErrorDetail = (over: Partial<ErrorDetail> = {}): ErrorDetail => ({
  issue: madeError(),
  events: [
    {
      id: "e1",
      at: "2026-11-30T10:40:00Z",
      message: "a bean is not green",
      environment: "production",
      release: "donecast@1",
      user_id: "acc_1",
      user_email: "rose@example.org",
      request_id: "req-77",
      show_id: "show_1",
      episode_id: "ep_1",
      route: "/api/episodes",
      action: "publish",
      frames: [{ file: "donecast/episodes/service.py", line: 12, function: "make", in_app: true }],
      breadcrumbs: [{ at: "2026-11-30T10:39:59Z", category: "http", level: "info", message: "GET /api/episodes" }],
    },
  ],
  bug_reports: [],
  source: madeSource(),
  ...over,
});
