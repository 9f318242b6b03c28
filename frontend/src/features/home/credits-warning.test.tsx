import { screen, waitFor } from "@testing-library/react";
import { describe, expect, it } from "vitest";

import { madeEpisode, madeShow, madeStanding } from "@/testing/made-up";
import { answers, on } from "@/testing/server";
import { openStudio } from "@/testing/show-studio";

const LOW = "13.5 credits are left.";

function home(available: string, held = "0.000") {
  on("get", "/api/shows", answers([madeShow()]));
  on("get", "/api/episodes", answers([madeEpisode()]));
  on("get", "/api/billing/standing", answers(madeStanding({ available, held })));
  return openStudio("/");
}

describe("credits that run out", () => {
  it("are told at home, once for the month, and once more when none is left", async () => {
    const first = home("13.500");
    expect(await screen.findByText(LOW)).toBeVisible();
    await first.person.click(screen.getByRole("button", { name: "I have seen it" }));
    await waitFor(() => expect(screen.queryByText(LOW)).toBeNull());
    first.unmount();
    const again = home("13.000");
    await screen.findByRole("heading", { name: "Your episodes" });
    expect(screen.queryByText(/credits are left/)).toBeNull();
    again.unmount();
    home("0.000");
    expect(await screen.findByText(/No credits are left/)).toBeVisible();
  });

  it("and are merely set aside are not told as gone", async () => {
    home("0.000", "26.000");
    expect(await screen.findByText(/0 credits are left, and 26 are set aside for work that is going on\./)).toBeVisible();
    expect(screen.queryByText(/No credits are left/)).toBeNull();
  });

  it("are not told while there are enough", async () => {
    home("64.000");
    await screen.findByRole("heading", { name: "Your episodes" });
    expect(screen.queryByRole("region", { name: "Credits" })).toBeNull();
  });
});
