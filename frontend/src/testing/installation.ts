/** What an admin finds on the stand-in server: two plans, their prices, and Ben, who may ask for credits back. */
import type { AskedRefund, PersonCredits, RateCard, Tier } from "@/api/types";

import { madeStanding } from "./made-up";
import { answers, on } from "./server";

export const FREE: Tier = { id: "free", name: "Free", monthly_credits: "90.000", months: "calendar", rollover_basis_points: 0 };
export const PRO: Tier = { id: "pro", name: "Pro", monthly_credits: "1500.000", months: "anniversary", rollover_basis_points: 2500 };
export const CARD: RateCard = {
  version: 3,
  rates: { transcription_mc_per_minute: 1500, local_thousandths: 1000 },
  by_tier: { pro: { local_thousandths: 0 } },
};
export const REQUEST: AskedRefund = {
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
  email: "ben@example.org",
  decided_by: null,
};
export const PERSON: PersonCredits = {
  person: { id: "acc_2", email: "ben@example.org", name: "Ben", role: "user" },
  standing: madeStanding(),
  used: "26.000",
  breakdown_by_action: { TRANSCRIPTION: "15.000", STORAGE: "0.000" },
  requests: [],
};

export function anInstallation() {
  on("get", "/api/admin/credits/tiers", answers([FREE, PRO]));
  on("get", "/api/admin/credits/rates", answers(CARD));
  on("get", "/api/admin/credits/history", answers([]));
  on("get", "/api/admin/credits/refund-requests", answers([]));
  on("get", "/api/admin/billing/offers", answers([]));
  on("get", "/api/billing/offers", answers({ payments_enabled: false, test_mode: false, message: "Payments are switched off.", offers: [] }));
}
