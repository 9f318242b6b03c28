import { render, screen, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";

import { ProgressList } from "./progress-list";

const steps = [
  { name: "check", title: "Checking the recording", state: "done" },
  { name: "transcribe", title: "Writing out the words", state: "running", percent: 36.4, detail: "usually 4 minutes" },
  { name: "assemble", title: "Putting the episode together", state: "waiting" },
] as const;

describe("the progress list", () => {
  it("says each step's state in words", () => {
    render(<ProgressList steps={steps} label="Progress" />);
    const items = within(screen.getByRole("list", { name: "Progress" })).getAllByRole("listitem");
    expect(items.map((item) => item.textContent)).toEqual([
      "Checking the recording, done",
      "Writing out the words, under way36% · usually 4 minutes",
      "Putting the episode together, waiting",
    ]);
  });

  it("shows a bar only where something was measured", () => {
    const { rerender } = render(<ProgressList steps={steps} label="Progress" />);
    expect(screen.getByRole("progressbar", { name: "Writing out the words" })).toHaveAttribute("aria-valuenow", "36");
    rerender(<ProgressList steps={[{ ...steps[1], percent: null }]} label="Progress" />);
    expect(screen.queryByRole("progressbar")).not.toBeInTheDocument();
    expect(screen.getByText("usually 4 minutes")).toBeVisible();
  });

  it("tells people who listen which step is under way, and which did not work", () => {
    const { rerender } = render(<ProgressList steps={steps} label="Progress" />);
    expect(screen.getByRole("status")).toHaveTextContent("Writing out the words: under way");
    rerender(<ProgressList steps={[{ ...steps[1], state: "failed" }]} label="Progress" />);
    expect(screen.getByRole("status")).toHaveTextContent("Writing out the words: did not work");
  });
});
