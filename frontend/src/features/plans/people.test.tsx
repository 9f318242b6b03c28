import { screen, waitFor, within } from "@testing-library/react";
import { HttpResponse } from "msw";
import { describe, expect, it } from "vitest";

import type { InvoicePage } from "@/api/types";
import { anInstallation, PERSON, REQUEST } from "@/testing/installation";
import { answers, on, refusal } from "@/testing/server";
import { openStudio } from "@/testing/show-studio";

const asAdmin = () => openStudio("/plans", { role: "admin" });

function ben() {
  anInstallation();
  const found = on("get", "/api/admin/credits/accounts", answers(PERSON.person));
  on("get", "/api/admin/credits/accounts/acc_2", answers(PERSON));
  return found;
}

const pageOf = (number: number, before: number | null): InvoicePage => ({
  invoices: [
    {
      episode_id: null,
      charged: "1.000",
      refunded: "0.000",
      total: "1.000",
      entries: [
        {
          id: `ent_${number}`,
          number,
          at: "2026-11-20T10:00:00Z",
          what: "expire",
          reason: "EXPIRED",
          notes: `Entry ${number}`,
          formulas: [],
          credits: "1.000",
          refundable: "0.000",
          refers_to: null,
        },
      ],
    },
  ],
  next_before: before,
});

describe("one person's credits", () => {
  it("are found by their address, and a present is given once", async () => {
    ben();
    let fails = true;
    const given = on("post", "/api/admin/credits/accounts/acc_2/awards", () => {
      if (fails) {
        fails = false;
        return refusal(503, { message: "One moment." });
      }
      return HttpResponse.json(PERSON);
    });
    const { person } = asAdmin();
    await person.type(await screen.findByLabelText("E-mail address"), "ben@example.org");
    await person.click(screen.getByRole("button", { name: "Find" }));
    const box = within(await screen.findByRole("region", { name: "Credits of ben@example.org" }));
    expect(box.getByText("64 credits left of 90 a month")).toBeVisible();
    expect(box.getByText("Writing out the words: 15")).toBeVisible();
    await person.type(box.getByLabelText("Credits"), "25");
    await person.type(box.getByLabelText("Why"), "Thank you.");
    await person.click(box.getByRole("button", { name: "Give as a present" }));
    expect(await box.findByText(/One moment\./)).toBeVisible();
    await person.click(box.getByRole("button", { name: "Give as a present" }));
    expect(await box.findByText("Done. It stands in their ledger.")).toBeVisible();
    const [first, second] = given.bodies as { key: string; amount: string }[];
    expect(first?.amount).toBe("25");
    expect(second?.key).toBe(first?.key);
  });

  it("never say that it was done beside that nothing was changed", async () => {
    ben();
    on("post", "/api/admin/credits/accounts/acc_2/awards", () => refusal(422, { message: "That is too much." }));
    on("post", "/api/admin/credits/accounts/acc_2/adjustments", answers(PERSON));
    const { person } = asAdmin();
    await person.type(await screen.findByLabelText("E-mail address"), "ben@example.org");
    await person.click(screen.getByRole("button", { name: "Find" }));
    const box = within(await screen.findByRole("region", { name: "Credits of ben@example.org" }));
    await person.type(box.getByLabelText("Credits"), "25");
    await person.type(box.getByLabelText("Why"), "Thank you.");
    await person.click(box.getByRole("button", { name: "Give as a present" }));
    expect(await box.findByText("Nothing was changed.")).toBeVisible();
    await person.click(box.getByRole("button", { name: "Put right by hand" }));
    expect(await box.findByText("Done. It stands in their ledger.")).toBeVisible();
    expect(box.queryByText("Nothing was changed.")).toBeNull();
  });

  it("are opened from what they ask back", async () => {
    const found = ben();
    on("get", "/api/admin/credits/refund-requests", answers([REQUEST]));
    const { person } = asAdmin();
    expect(await screen.findByText("ben@example.org")).toBeVisible();
    await person.click(screen.getByRole("button", { name: "Look at their credits: ben@example.org" }));
    expect(screen.getByLabelText("E-mail address")).toHaveValue("ben@example.org");
    expect(screen.getByRole("heading", { name: "One person’s credits" })).toHaveFocus();
    expect(await screen.findByRole("region", { name: "Credits of ben@example.org" })).toBeVisible();
    expect(found.times).toBe(1);
  });

  it("go back page by page to where they began", async () => {
    ben();
    on("get", "/api/admin/credits/accounts/acc_2/ledger", (request) =>
      HttpResponse.json(new URL(request.url).searchParams.get("before") === "7" ? pageOf(6, null) : pageOf(7, 7)),
    );
    const { person } = asAdmin();
    await person.type(await screen.findByLabelText("E-mail address"), "ben@example.org");
    await person.click(screen.getByRole("button", { name: "Find" }));
    const box = within(await screen.findByRole("region", { name: "Credits of ben@example.org" }));
    await person.click(box.getByText("What came and went"));
    expect(await box.findByText("Entry 7")).toBeVisible();
    expect(box.getByText(/^Ran out · /)).toBeVisible();
    await person.click(box.getByRole("button", { name: "Show what came before" }));
    expect(await box.findByText("Entry 6")).toBeVisible();
    expect(box.getByText("Entry 7")).toBeVisible();
    await waitFor(() => expect(box.queryByRole("button", { name: "Show what came before" })).toBeNull());
  });
});

describe("something new on sale", () => {
  it("is put there, and the form is empty again", async () => {
    anInstallation();
    const made = on("post", "/api/admin/billing/offers", answers({}, 201));
    const { person } = asAdmin();
    await person.click(await screen.findByText("Sell something new"));
    const form = within((await screen.findByLabelText("Price")).closest("form") as HTMLElement);
    await person.type(form.getByLabelText("Name"), "Fifty more");
    await person.type(form.getByLabelText("Credits"), "50");
    await person.type(form.getByLabelText("Price"), "500");
    await person.click(form.getByRole("button", { name: "Put it on sale" }));
    expect(await form.findByText("On sale.")).toBeVisible();
    await waitFor(() => expect(form.getByLabelText("Name")).toHaveValue(""));
    expect(form.getByLabelText("Price")).toHaveValue("");
    expect(made.bodies).toEqual([{ kind: "top_up", name: "Fifty more", amount: 500, currency: "EUR", credits: "50" }]);
  });
});
