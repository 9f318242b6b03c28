import { screen } from "@testing-library/react";
import { expect, it } from "vitest";

import { aFinishedEpisode } from "@/testing/finished-episode";
import { madeOperation } from "@/testing/made-up";
import { answers, on } from "@/testing/server";
import { openStudio } from "@/testing/show-studio";

const stopped = (code: string) =>
  answers(
    madeOperation("transcribe", {
      state: "failed",
      error: { code, message: "It did not go on.", action: "Try it again.", retryable: true, details: {} },
    }),
  );

it("work that stopped for want of credits shows the way to more, and for another reason does not", async () => {
  aFinishedEpisode({ operation_id: "op_1" });
  on("get", "/api/operations/op_1", stopped("not_enough_credits"));
  const { unmount } = openStudio("/episodes/ep_1");
  expect(await screen.findByRole("link", { name: "See your credits" })).toHaveAttribute("href", "/studio/credits");
  unmount();
  on("get", "/api/operations/op_1", stopped("engine_failed"));
  openStudio("/episodes/ep_1");
  expect(await screen.findByText(/It did not go on/)).toBeVisible();
  expect(screen.queryByRole("link", { name: "See your credits" })).toBeNull();
});
