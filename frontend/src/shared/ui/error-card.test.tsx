import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it, vi } from "vitest";

import { RefusedError, UnreachableError } from "@/api/errors";

import { ErrorCard } from "./error-card";

const refused = new RefusedError(409, {
  code: "media_in_use",
  message: "This recording is used by an episode.",
  action: "Remove it from the episode first.",
  retryable: false,
  request_id: "req_77",
});

describe("the error card", () => {
  it("says what happened, what to do, and what to mention", () => {
    render(<ErrorCard error={refused} heading="The recording was not removed." />);
    const card = screen.getByRole("alert");
    expect(card).toHaveTextContent("The recording was not removed.");
    expect(card).toHaveTextContent("This recording is used by an episode. Remove it from the episode first.");
    expect(card).toHaveTextContent("req_77");
  });

  it("claims that something is kept only when told so", () => {
    const { rerender } = render(<ErrorCard error={refused} heading="Not saved." />);
    expect(screen.queryByText(/kept|still here|safe/i)).not.toBeInTheDocument();
    rerender(<ErrorCard error={refused} heading="Not saved." kept="What you typed is still here." />);
    expect(screen.getByText("What you typed is still here.")).toBeVisible();
  });

  it("offers exactly one button, or none", async () => {
    const press = vi.fn<() => void>();
    const { rerender } = render(<ErrorCard error={refused} heading="Not saved." />);
    expect(screen.queryByRole("button")).not.toBeInTheDocument();
    rerender(<ErrorCard error={refused} heading="Not saved." action={{ words: "Try again", onPress: press }} />);
    await userEvent.click(screen.getByRole("button", { name: "Try again" }));
    expect(press).toHaveBeenCalledOnce();
    rerender(<ErrorCard error={refused} heading="Not saved." action={{ words: "Try again", onPress: press }} busy />);
    expect(screen.getByRole("button", { name: "One moment…" })).toBeDisabled();
  });

  it("speaks of the line when no answer came, and never shows a raw fault of the page", () => {
    const { rerender } = render(<ErrorCard error={new UnreachableError()} heading="Not loaded." />);
    expect(screen.getByRole("alert")).toHaveTextContent("Check your internet connection.");
    rerender(<ErrorCard error={new TypeError("x is not a function")} heading="Not loaded." />);
    expect(screen.getByRole("alert")).not.toHaveTextContent("x is not a function");
  });
});
