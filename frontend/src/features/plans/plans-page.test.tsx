import { screen, waitFor, within } from "@testing-library/react";
import { HttpResponse } from "msw";
import { describe, expect, it } from "vitest";

import { anInstallation, CARD, REQUEST } from "@/testing/installation";
import { answers, on, refusal } from "@/testing/server";
import { openStudio } from "@/testing/show-studio";

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
        { name: "Free", monthly_credits: "120", months: "calendar", rollover_basis_points: 0, why: "Spring", is_new: false },
      ]),
    );
  });

  it("get another one, which is refused where there is one of its name, and the form is empty again", async () => {
    anInstallation();
    let there = true;
    const saved = on("put", "/api/admin/credits/tiers/gold", async (request) =>
      there
        ? refusal(409, { code: "tier_exists", message: "There is a plan with this short name." })
        : HttpResponse.json({ id: "gold", ...((await request.json()) as object) }),
    );
    const { person } = asAdmin();
    await person.click(await screen.findByText("Add a plan"));
    const form = within((await screen.findByLabelText("Short name")).closest("form") as HTMLElement);
    await person.type(form.getByLabelText("Short name"), "gold");
    await person.type(form.getByLabelText("Name"), "Gold");
    await person.type(form.getByLabelText("Why"), "More");
    await person.click(form.getByRole("button", { name: "Save this plan" }));
    expect(await form.findByText(/There is a plan with this short name/)).toBeVisible();
    expect(form.getByLabelText("Short name")).toHaveValue("gold");
    there = false;
    await person.click(form.getByRole("button", { name: "Save this plan" }));
    expect(await form.findByText("Saved. It counts from the next month of each person on.")).toBeVisible();
    await waitFor(() => expect(form.getByLabelText("Short name")).toHaveValue(""));
    expect(form.getByLabelText("Why")).toHaveValue("");
    expect(saved.bodies).toMatchObject([{ is_new: true }, { is_new: true }]);
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

  it("say that changed prices are in force, and keep saying it when the new list has come", async () => {
    anInstallation();
    let card = CARD;
    on("get", "/api/admin/credits/rates", () => HttpResponse.json(card));
    on("post", "/api/admin/credits/rates", () => {
      card = { ...CARD, version: 4, rates: { ...CARD.rates, transcription_mc_per_minute: 1250 } };
      return HttpResponse.json(card);
    });
    const { person } = asAdmin();
    const price = await screen.findByLabelText("Writing out the words, a minute");
    await person.clear(price);
    await person.type(price, "1.25");
    await person.type(within(price.closest("form") as HTMLElement).getByLabelText("Why"), "A better deal");
    await person.click(screen.getByRole("button", { name: "Put these prices in force" }));
    expect(await screen.findByText("In force now. Credits that are already set aside for work keep their price.")).toBeVisible();
    await waitFor(() => expect(price).not.toBeInTheDocument());
    expect(screen.getByLabelText("Writing out the words, a minute")).toHaveValue("1.25");
    expect(screen.getByText(/^In force now/)).toBeVisible();
    await person.selectOptions(screen.getByLabelText("For whom?"), "Only the plan Pro");
    expect(screen.queryByText(/^In force now/)).toBeNull();
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
});
