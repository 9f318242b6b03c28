import { screen, waitFor } from "@testing-library/react";
import { HttpResponse } from "msw";
import { describe, expect, it } from "vitest";

import type { Purchase } from "@/api/types";
import { aCreditedPerson } from "@/testing/credited-person";
import { answers, on, refusal } from "@/testing/server";
import { openStudio } from "@/testing/show-studio";

const purchase = (state: Purchase["state"]): Purchase => ({
  id: "pur_1",
  kind: "top_up",
  name: "Fifty more",
  credits: "50.000",
  tier: null,
  amount: 500,
  currency: "EUR",
  state,
  created_at: "2026-11-20T10:00:00Z",
});

describe("whoever comes back from where it is paid", () => {
  it("is told that the payment is on its way, and when it has come; then everything is asked anew", async () => {
    const standing = aCreditedPerson();
    let state: Purchase["state"] = "open";
    const asked = on("get", "/api/billing/purchases/pur_1", () => HttpResponse.json(purchase(state)));
    openStudio("/credits?purchase=pur_1&paid=1");
    expect(await screen.findByText("Your payment is on its way…")).toBeVisible();
    await screen.findByRole("heading", { name: "More credits" });
    const before = standing.times;
    state = "paid";
    expect(await screen.findByText("Your payment has come: Fifty more, 50 credits.")).toBeVisible();
    await waitFor(() => expect(standing.times).toBe(before + 1));
    expect(asked.times).toBeGreaterThan(1);
  });

  it.each(["/credits?purchase=pur_1", "/credits?purchase=pur_1&paid=0"])("is told that nothing was bought: %s", async (path) => {
    aCreditedPerson();
    on("get", "/api/billing/purchases/pur_1", answers(purchase("open")));
    openStudio(path);
    expect(await screen.findByText("Nothing was bought.")).toBeVisible();
  });

  it("is told where it cannot be seen", async () => {
    aCreditedPerson();
    on("get", "/api/billing/purchases/pur_1", () => refusal(404));
    openStudio("/credits?purchase=pur_1&paid=1");
    expect(await screen.findByText("We could not see what became of your purchase.")).toBeVisible();
  });
});
