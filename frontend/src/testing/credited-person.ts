/** A person's page of credits on the stand-in server: nothing on sale, and nothing came or went yet. */
import { madeEpisode, madeMonth, madeStanding, madeUsage } from "./made-up";
import { answers, on } from "./server";

const OFF = "Payments are switched off on this DoneCast.";

export function aCreditedPerson({ standing = madeStanding(), usage = madeUsage(), month = madeMonth() } = {}) {
  on("get", "/api/billing/usage", answers(usage));
  on("get", "/api/billing/month", answers(month));
  on("get", "/api/billing/offers", answers({ payments_enabled: false, test_mode: false, message: OFF, offers: [] }));
  on("get", "/api/billing/plan", answers({ payments_enabled: false, message: OFF, plan: null }));
  on("get", "/api/episodes", answers([madeEpisode()]));
  on("get", "/api/billing/refund-requests", answers([]));
  on("get", "/api/billing/ledger", answers({ invoices: [], next_before: null }));
  return on("get", "/api/billing/standing", answers(standing));
}
