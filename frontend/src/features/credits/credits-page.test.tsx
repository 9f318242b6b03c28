import { screen, waitFor } from "@testing-library/react";
import { HttpResponse } from "msw";
import { describe, expect, it } from "vitest";

import type { InvoicePage, RefundRequest } from "@/api/types";
import { aCreditedPerson } from "@/testing/credited-person";
import { madeMonth, madeStanding } from "@/testing/made-up";
import { on, refusal } from "@/testing/server";
import { openStudio } from "@/testing/show-studio";

import { stepPath } from "./month-line";

const charge = {
  id: "ent_1",
  number: 5,
  at: "2026-11-20T10:00:00Z",
  what: "charge",
  reason: "ASSEMBLY",
  notes: "Episode assembly (10.5 min, Standard)",
  formulas: ["5.000 + 10.500 min × 0.500 = 10.250"],
  credits: "10.250",
  refundable: "10.250",
  refers_to: null,
};
const refund = { ...charge, id: "ent_2", number: 6, what: "refund", notes: "Sorry", formulas: [], credits: "4.000", refundable: "0.000" };
const grant = { ...charge, id: "ent_0", number: 1, what: "grant", reason: "GRANT_MONTHLY", notes: "", formulas: ["90.000"], credits: "90.000", refundable: "0.000" };
const PAGE: InvoicePage = {
  invoices: [
    { episode_id: "ep_1", charged: "10.250", refunded: "4.000", total: "6.250", entries: [refund, charge] },
    { episode_id: null, charged: "0.000", refunded: "0.000", total: "0.000", entries: [grant] },
  ],
  next_before: null,
};

function aPerson(over: Parameters<typeof aCreditedPerson>[0] = {}) {
  aCreditedPerson(over);
  on("get", "/api/billing/ledger", (request) =>
    HttpResponse.json(
      new URL(request.url).searchParams.get("of_episodes") === "true"
        ? { ...PAGE, invoices: PAGE.invoices.slice(0, 1) }
        : PAGE,
    ),
  );
}

describe("credits", () => {
  it("say how many are left, how far they reach, and where they went", async () => {
    aPerson();
    openStudio("/credits");
    expect(await screen.findByText("64")).toBeVisible();
    expect(screen.getByText("Enough for about 2 more episodes like your last one; your last one took 26 credits.")).toBeVisible();
    expect(screen.getByRole("progressbar")).toHaveAttribute("aria-valuetext", "26 of this month’s 90 used");
    expect(screen.getByText("Your next month begins 1 December 2026.")).toBeVisible();
    expect(screen.getByText("That is 42.666 minutes as they were counted before.")).toHaveClass("text-small");
    const words = screen.getByText("Writing out the words").closest("div") as HTMLElement;
    expect(words).toHaveTextContent("1558 %");
    expect(screen.getByRole("img")).toHaveAccessibleName("26 credits used in the first 3 of 30 days; the month has 90");
  });

  it("stand in the ledger with their formula; what came back has a plus", async () => {
    aPerson();
    openStudio("/credits");
    expect(await screen.findByText("5 + 10.5 min × 0.5 = 10.25")).toBeVisible();
    expect(screen.getByText("−10.25")).toBeVisible();
    expect(screen.getByText("+4")).toHaveClass("text-ok");
    expect(screen.getByText("6.25 credits in all")).toBeVisible();
    expect(screen.getByRole("link", { name: "A greenhouse for forty pounds" })).toHaveAttribute("href", "/studio/episodes/ep_1");
    expect(screen.getByText("Credits that came in")).toBeVisible();
    expect(screen.getByRole("link", { name: /spreadsheet/ })).toHaveAttribute("href", "/api/billing/statement.csv");
  });

  it("of episodes alone are asked of the server", async () => {
    aPerson();
    const { person } = openStudio("/credits");
    await screen.findByText("Credits that came in");
    await person.selectOptions(screen.getByLabelText("What to list"), "Episodes");
    await waitFor(() => expect(screen.queryByText("Credits that came in")).toBeNull());
    expect(screen.getByText("−10.25")).toBeVisible();
  });

  it("are asked back once, in the person's own words", async () => {
    aPerson();
    const asked: Partial<RefundRequest>[] = [];
    on("get", "/api/billing/refund-requests", () => HttpResponse.json(asked));
    const sent = on("post", "/api/billing/charges/ent_1/refund-request", () => {
      asked.push({ id: "rr_1", charge_id: "ent_1", decided_at: null });
      return HttpResponse.json(asked[0], { status: 201 });
    });
    const { person } = openStudio("/credits");
    await person.click(await screen.findByRole("button", { name: "Ask for this back: Episode assembly (10.5 min, Standard)" }));
    expect(screen.getByRole("button", { name: "Ask" })).toBeDisabled();
    await person.type(screen.getByLabelText("What went wrong?"), "The music was too loud.");
    await person.click(screen.getByRole("button", { name: "Ask" }));
    expect(await screen.findByText(/The answer is still to come/)).toBeVisible();
    expect(sent.bodies).toEqual([{ why: "The music was too loud." }]);
  });

  it("that are nearly used and all used say what goes on and what waits", async () => {
    aPerson({ standing: madeStanding({ available: "13.500" }), month: madeMonth({ enough_for: 0 }) });
    const { unmount } = openStudio("/credits");
    expect(await screen.findByText("Most of this month’s credits are used.")).toBeVisible();
    expect(screen.getByText(/Not enough for another episode like your last one/)).toBeVisible();
    unmount();
    aPerson({ standing: madeStanding({ available: "0.000" }) });
    openStudio("/credits");
    expect(await screen.findByText(/Your episodes stay on air/)).toBeVisible();
  });

  it("without a limit show no ceiling, and what is owed says until when", async () => {
    const debt = { due: "4.000", since: "2026-11-01T00:00:00Z", uploads_stop_at: "2026-11-08T00:00:00Z", kept_until: "2026-12-01T00:00:00Z" };
    aPerson({
      standing: madeStanding({ tier_name: "Unlimited", allowance: null, available: null, minutes_left: null, storage_debt: debt }),
      month: madeMonth({ enough_for: null }),
    });
    openStudio("/credits");
    expect(await screen.findByText("No limit")).toBeVisible();
    expect(screen.queryByRole("progressbar")).toBeNull();
    expect(screen.getByText(/From 8 November 2026 on you cannot send new recordings/)).toBeVisible();
    expect(screen.getByRole("img")).toHaveAccessibleName("26 credits used in the first 3 of 30 days");
  });

  it("cannot be bought while payments are off, and the button says so", async () => {
    aPerson();
    openStudio("/credits");
    expect(await screen.findByText("Payments are switched off on this DoneCast.")).toBeVisible();
    expect(screen.getByRole("button", { name: "Buy credits" })).toBeDisabled();
  });

  it("that cannot be loaded are said to be safe", async () => {
    aPerson();
    on("get", "/api/billing/usage", () => refusal(500));
    openStudio("/credits");
    expect(await screen.findByText("They are safe on the server.")).toBeVisible();
  });
});

describe("the line over the month", () => {
  it("climbs at the day it was used on and never falls", () => {
    expect(stepPath([0, 10, 10], 4, 20)).toBe("M0 200V200H150V108H300V108H450");
  });
});
