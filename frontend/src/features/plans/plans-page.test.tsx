import { screen, waitFor, within } from "@testing-library/react";
import { HttpResponse } from "msw";
import { describe, expect, it } from "vitest";

import type { AskedRefund, PersonCredits, RateCard, Tier } from "@/api/types";
import { madeStanding } from "@/testing/made-up";
import { answers, on, refusal } from "@/testing/server";
import { openStudio } from "@/testing/show-studio";

const FREE: Tier = { id: "free", name: "Free", monthly_credits: "90.000", months: "calendar", rollover_basis_points: 0 };
const PRO: Tier = { id: "pro", name: "Pro", monthly_credits: "1500.000", months: "anniversary", rollover_basis_points: 2500 };
const CARD: RateCard = {
  version: 3,
  rates: { transcription_mc_per_minute: 1500, local_thousandths: 1000 },
  by_tier: { pro: { local_thousandths: 0 } },
};
const REQUEST: AskedRefund = {
  id: "rr_1",
  charge_id: "ent_1",
  charge_reason: "ASSEMBLY",
  charge_notes: "Episode assembly (10.0 min, Standard)",
  charge_credits: "10.000",
  charged_at: "2026-11-20T10:00:00Z",
  why: "The music was too loud.",
  asked_at: "2026-11-21T10:00:00Z",
  state: "waiting",
  refunded: null,
  words: null,
  decided_at: null,
  account_id: "acc_2",
  decided_by: null,
};
const PERSON: PersonCredits = {
  person: { id: "acc_2", email: "ben@example.org", name: "Ben", role: "user" },
  standing: madeStanding(),
  used: "26.000",
  breakdown_by_action: { TRANSCRIPTION: "15.000", STORAGE: "0.000" },
  requests: [],
};

function anInstallation() {
  on("get", "/api/admin/credits/tiers", answers([FREE, PRO]));
  on("get", "/api/admin/credits/rates", answers(CARD));
  on("get", "/api/admin/credits/history", answers([]));
  on("get", "/api/admin/credits/refund-requests", answers([]));
  on("get", "/api/admin/billing/offers", answers([]));
  on("get", "/api/billing/offers", answers({ payments_enabled: false, test_mode: false, message: "Payments are switched off.", offers: [] }));
}

const asAdmin = () => openStudio("/plans", { role: "admin" });

describe("plans and prices", () => {
  it("are for whoever runs this DoneCast, and nobody else asks for them", async () => {
    openStudio("/plans");
    expect(await screen.findByText("Only the person who runs this DoneCast can see this page.")).toBeVisible();
  });

  it("say what each plan brings, and change with a reason", async () => {
    anInstallation();
    const saved = on("put", "/api/admin/credits/tiers/free", async (request) =>
      HttpResponse.json({ id: "free", ...((await request.json()) as object) }),
    );
    const { person } = asAdmin();
    expect(await screen.findByText("90 credits a month, calendar months, nothing is carried over")).toBeVisible();
    expect(screen.getByText(/1,500 credits a month.*25 % of what is left goes into the next month/)).toBeVisible();
    await person.click(screen.getByText("Change Free"));
    const form = (await screen.findByRole("button", { name: "Save this plan" })).closest("form") as HTMLElement;
    const field = within(form);
    await person.clear(field.getByLabelText("Credits each month"));
    await person.type(field.getByLabelText("Credits each month"), "120");
    expect(field.getByRole("button")).toBeDisabled();
    await person.type(field.getByLabelText("Why"), "Spring");
    await person.click(field.getByRole("button"));
    await waitFor(() =>
      expect(saved.bodies).toEqual([
        { name: "Free", monthly_credits: "120", months: "calendar", rollover_basis_points: 0, why: "Spring" },
      ]),
    );
  });

  it("put only changed prices in force, for everybody or for one plan, in whole thousandths", async () => {
    anInstallation();
    const changed = on("post", "/api/admin/credits/rates", () => refusal(409, { message: "Somebody else changed the prices." }));
    const { person } = asAdmin();
    const times = await screen.findByLabelText("By this computer, times");
    expect(times).toHaveValue("1");
    await person.selectOptions(screen.getByLabelText("For whom?"), "Only the plan Pro");
    expect(screen.getByLabelText("By this computer, times")).toHaveValue("0");
    const price = screen.getByLabelText("Writing out the words, a minute");
    await person.clear(price);
    await person.type(price, "1.2x");
    expect(screen.getByText(/A number such as 1.5/)).toBeVisible();
    await person.clear(price);
    await person.type(price, "1.25");
    const form = price.closest("form") as HTMLElement;
    await person.type(within(form).getByLabelText("Why"), "A better deal");
    await person.click(screen.getByRole("button", { name: "Put these prices in force" }));
    expect(await screen.findByText(/Somebody else changed the prices/)).toBeVisible();
    expect(changed.bodies).toEqual([
      { version: 3, changes: { transcription_mc_per_minute: 1250 }, tier_id: "pro", why: "A better deal" },
    ]);
    expect(screen.getByLabelText("Writing out the words, a minute")).toHaveValue("1.25");
  });

  it("tell their history in words and not in the names of fields", async () => {
    anInstallation();
    const change = { rate_card_version: 4, changed_by: "root@example.org", changed_at: "2026-11-20T10:00:00Z", why: "Spring" };
    const plan = { id: "pro", name: "Pro", months: "anniversary", rollover_basis_points: 0 };
    on(
      "get",
      "/api/admin/credits/history",
      answers([
        { ...change, subject: "rate:assembly_mc", old: 5000, new: 4500 },
        { ...change, subject: "rate:local_thousandths:pro", old: null, new: 0 },
        { ...change, subject: "tier:pro", old: { ...plan, monthly_mc: 1_500_000 }, new: { ...plan, monthly_mc: null } },
      ]),
    );
    asAdmin();
    expect(await screen.findByText("Putting an episode together: 5 to 4.5")).toBeVisible();
    expect(screen.getByText("By this computer, times, only for the plan pro: nothing to 0")).toBeVisible();
    expect(screen.getByText("The plan pro: credits a month 1,500 to no limit")).toBeVisible();
    expect(screen.getAllByText(/List of prices number 4 · root@example.org/)).toHaveLength(3);
  });

  it("show who asks for credits back, and the answer goes to them", async () => {
    anInstallation();
    on("get", "/api/admin/credits/refund-requests", answers([REQUEST]));
    const decided = on("post", "/api/admin/credits/refund-requests/rr_1/decision", answers({ ...REQUEST, state: "approved" }));
    const { person } = asAdmin();
    expect(await screen.findByText("Episode assembly (10.0 min, Standard): 10 credits")).toBeVisible();
    expect(screen.getByText("“The music was too loud.”")).toBeVisible();
    await person.type(screen.getByLabelText("Your answer"), "Half of it is ours.");
    await person.type(screen.getByLabelText("How much"), "5");
    await person.click(screen.getByRole("button", { name: "Give it back" }));
    await waitFor(() => expect(decided.bodies).toEqual([{ approve: true, amount: "5", words: "Half of it is ours." }]));
  });

  it("find somebody by their address and give them a present once", async () => {
    anInstallation();
    on("get", "/api/admin/credits/accounts", answers(PERSON.person));
    on("get", "/api/admin/credits/accounts/acc_2", answers(PERSON));
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
});
