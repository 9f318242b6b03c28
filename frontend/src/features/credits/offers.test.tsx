import { screen, waitFor, within } from "@testing-library/react";
import { HttpResponse } from "msw";
import { describe, expect, it } from "vitest";

import type { Offer, Plan } from "@/api/types";
import { aCreditedPerson } from "@/testing/credited-person";
import { madeStanding } from "@/testing/made-up";
import { answers, on, refusal } from "@/testing/server";
import { openStudio } from "@/testing/show-studio";

const offer = (over: Partial<Offer> & Pick<Offer, "id" | "name">): Offer => ({
  kind: "plan",
  credits: "1500.000",
  tier: "pro",
  amount: 1_200,
  currency: "EUR",
  on_sale: true,
  ...over,
});
const FIFTY = offer({ id: "of_1", name: "Fifty more", kind: "top_up", credits: "50.000", tier: null, amount: 500 });
const STARTER = offer({ id: "of_2", name: "Starter", amount: 500 });
const PRO = offer({ id: "of_3", name: "Pro" });
const STUDIO = offer({ id: "of_4", name: "Studio", amount: 2_000 });
const paidPlan = (over: Partial<Plan> = {}): Plan => ({
  offer: PRO,
  next_offer: PRO,
  late: false,
  period_start: "2026-11-01T00:00:00Z",
  period_end: "2026-12-01T00:00:00Z",
  ends_at: null,
  ...over,
});

/** What is sold to somebody; a change is kept, as the real server does. */
function aShop(plan: Plan | null, offers = [FIFTY, STARTER, PRO, STUDIO]) {
  let mine = plan;
  on("get", "/api/billing/offers", answers({ payments_enabled: true, test_mode: true, message: null, offers }));
  on("get", "/api/billing/plan", () => HttpResponse.json({ payments_enabled: true, message: null, plan: mine }));
  return on("post", "/api/billing/plan", async (request) => {
    const { offer_id: id } = (await request.json()) as { offer_id: string };
    const wanted = offers.find((one) => one.id === id) as Offer;
    const dearer = wanted.amount > PRO.amount;
    if (!dearer) mine = paidPlan({ next_offer: wanted });
    return HttpResponse.json({
      offer: wanted,
      amount: dearer ? wanted.amount - PRO.amount : 0,
      currency: "EUR",
      begins_at: dearer ? null : "2026-12-01T00:00:00Z",
    });
  });
}

const cardOf = async (name: string) =>
  within((await screen.findByRole("heading", { name })).closest("li") as HTMLElement);

describe("an offer", () => {
  it("leads to where it is paid, under one key however often it is pressed", async () => {
    aCreditedPerson();
    aShop(null, [FIFTY]);
    const bought = on("post", "/api/billing/checkout", () => refusal(503, { message: "Stripe does not answer." }));
    const { person } = openStudio("/credits");
    const card = await cardOf("Fifty more");
    expect(card.getByText("50 credits that never expire")).toBeVisible();
    expect(card.getByText("€5.00")).toBeVisible();
    expect(screen.getByText(/no money is taken/)).toBeVisible();
    for (const _ of [1, 2]) {
      await person.click(card.getByRole("button", { name: "Buy Fifty more" }));
      expect(await card.findByText(/Stripe does not answer/)).toBeVisible();
    }
    const keys = bought.bodies.map((body) => (body as { request_key: string }).request_key);
    expect(keys).toEqual([keys[0], keys[0]]);
    expect(keys[0]).toMatch(/^[0-9a-f]{32}$/);
  });

  it("is not made to people without a limit", async () => {
    aCreditedPerson({ standing: madeStanding({ allowance: null, available: null, minutes_left: null }) });
    aShop(null);
    openStudio("/credits");
    expect(await screen.findByText(/there is nothing that you need to buy/)).toBeVisible();
    expect(screen.queryByRole("button", { name: /^Buy/ })).toBeNull();
  });

  it("that cannot be loaded says so", async () => {
    aCreditedPerson();
    on("get", "/api/billing/offers", () => refusal(500));
    const { person } = openStudio("/credits");
    expect(await screen.findByText("We could not load what you can buy.")).toBeVisible();
    aShop(null);
    await person.click(screen.getByRole("button", { name: "Try again" }));
    expect(await screen.findByRole("button", { name: "Buy Fifty more" })).toBeEnabled();
  });
});

describe("another plan", () => {
  it("that is dearer is paid only after its price was said", async () => {
    aCreditedPerson();
    const changed = aShop(paidPlan());
    const { person } = openStudio("/credits");
    expect((await cardOf("Pro")).getByText("This is your plan")).toBeVisible();
    const card = await cardOf("Studio");
    await person.click(card.getByRole("button", { name: "Change to Studio" }));
    expect(card.getByText(/the difference is charged to your card now: €8\.00/)).toBeVisible();
    await person.click(card.getByRole("button", { name: "Leave it as it is" }));
    expect(changed.times).toBe(0);
    await person.click(card.getByRole("button", { name: "Change to Studio" }));
    await person.click(card.getByRole("button", { name: "Yes, change to Studio" }));
    expect(await card.findByText("It begins now; €8.00 are charged for the difference.")).toBeVisible();
    expect(changed.bodies).toEqual([{ offer_id: "of_4" }]);
    expect(card.getByRole("button", { name: "Change to Studio" })).toBeDisabled();
  });

  it("that is cheaper begins with the next month, and one can go back until then", async () => {
    aCreditedPerson();
    const changed = aShop(paidPlan());
    const { person } = openStudio("/credits");
    const [pro, starter] = [await cardOf("Pro"), await cardOf("Starter")];
    await person.click(starter.getByRole("button", { name: "Change to Starter" }));
    expect(starter.getByText(/it begins with your next month, on 1 December 2026/)).toBeVisible();
    await person.click(starter.getByRole("button", { name: "Yes, change to Starter" }));
    expect(await starter.findByText("This is your plan from 1 December 2026 on")).toBeVisible();
    await person.click(pro.getByRole("button", { name: "Stay with Pro" }));
    expect(pro.getByText("You stay with Pro, and Starter does not begin.")).toBeVisible();
    await person.click(pro.getByRole("button", { name: "Yes, stay with Pro" }));
    expect(await pro.findByText("This is your plan")).toBeVisible();
    expect(changed.bodies).toEqual([{ offer_id: "of_2" }, { offer_id: "of_3" }]);
    await waitFor(() => expect(starter.getByRole("button", { name: "Change to Starter" })).toBeEnabled());
  });

  it("whose payment fails leaves everything as it was", async () => {
    aCreditedPerson();
    aShop(paidPlan());
    on("post", "/api/billing/plan", () => refusal(402, { message: "Your card was refused." }));
    const { person } = openStudio("/credits");
    const card = await cardOf("Studio");
    await person.click(card.getByRole("button", { name: "Change to Studio" }));
    await person.click(card.getByRole("button", { name: "Yes, change to Studio" }));
    expect(await card.findByText("Your plan was not changed.")).toBeVisible();
    expect(card.getByText(/Your card was refused/)).toBeVisible();
  });
});
