/** Problems: a person tells of one; whoever runs DoneCast looks at all of them and says how far each is. */
import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";

import { client, unwrap } from "./client";
import type { BugReport, Problem } from "./types";

const ALL = ["bug-reports"] as const;

export interface ReportWish {
  state: "" | BugReport["state"];
  severity: "" | BugReport["severity"];
  search: string;
}

export function useTellOfProblem() {
  return useMutation({ mutationFn: (problem: Problem) => unwrap(client.POST("/api/bug-reports", { body: problem })) });
}

export const reportsQuery = (wish: ReportWish) =>
  queryOptions({
    queryKey: [...ALL, wish],
    queryFn: () =>
      unwrap(
        client.GET("/api/admin/bug-reports", {
          params: {
            query: {
              ...(wish.state === "" ? {} : { state: wish.state }),
              ...(wish.severity === "" ? {} : { severity: wish.severity }),
              ...(wish.search === "" ? {} : { search: wish.search }),
            },
          },
        }),
      ),
  });

export const reportQuery = (reportId: string) =>
  queryOptions({
    queryKey: [...ALL, reportId],
    queryFn: () =>
      unwrap(client.GET("/api/admin/bug-reports/{report_id}", { params: { path: { report_id: reportId } } })),
  });

export function useChangeReport(reportId: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: { state: BugReport["state"]; words: string }) =>
      unwrap(
        client.POST("/api/admin/bug-reports/{report_id}/state", { params: { path: { report_id: reportId } }, body }),
      ),
    onSettled: () => queries.invalidateQueries({ queryKey: ALL }),
  });
}

export function useNoteOnReport(reportId: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (words: string) =>
      unwrap(
        client.POST("/api/admin/bug-reports/{report_id}/notes", {
          params: { path: { report_id: reportId } },
          body: { words },
        }),
      ),
    onSettled: () => queries.invalidateQueries({ queryKey: ALL }),
  });
}
