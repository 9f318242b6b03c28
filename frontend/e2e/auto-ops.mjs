// The pages of Auto-Ops in a real browser, after real alerts were answered: the list, and each run on it.
//
//   DONECAST_URL, DONECAST_EMAIL, DONECAST_PASSWORD   where, and who runs the place
//   DONECAST_RUNS      JSON: [[the name of a run in the list, words that its page must show], ...]
//   DONECAST_SHOTS     a folder for pictures
//
// Prints one JSON summary; exits 1 at any failed step, page error or axe violation.
import { look, openBrowser, walked, watchedPage } from "./browser.mjs";

const { DONECAST_URL: url, DONECAST_SHOTS: shots = "" } = process.env;
const runs = JSON.parse(process.env.DONECAST_RUNS);
const summary = { looks: 0, violations: [], page_errors: [], failures: [], done: [] };
const browser = await openBrowser();

async function open(page) {
  await page.goto(`${url}/studio/auto-ops`);
  await page.getByRole("heading", { level: 1, name: "Auto-Ops" }).waitFor();
}

async function signIn(page) {
  await page.goto(`${url}/studio/auto-ops`);
  await page.getByLabel("Email").fill(process.env.DONECAST_EMAIL);
  await page.getByLabel("Password").fill(process.env.DONECAST_PASSWORD);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("heading", { level: 1, name: "Auto-Ops" }).waitFor();
}

async function list(page) {
  await open(page);
  await page.getByText("Every alert was looked into.").waitFor();
  await page.getByText("AUTO_OPS_SLACK_BOT_TOKEN", { exact: true }).waitFor();
  await page.getByText("(set)", { exact: true }).first().waitFor();
  await look(page, "auto-ops", summary, shots);
}

/** One run, found in the list by its name and read by the keyboard alone. */
async function run(page, name, words) {
  await open(page);
  await page.getByRole("link", { name, exact: true }).first().focus();
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { level: 1, name }).waitFor();
  await page.getByText(/^It was answered /).waitFor();
  for (const heading of ["The alert", "What was looked at", "What it took"]) {
    await page.getByRole("heading", { level: 2, name: heading }).waitFor();
  }
  for (const word of words) await page.getByText(word).first().waitFor();
  await look(page, `auto-ops-${name.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-")}`, summary, shots);
  await page.getByRole("link", { name: "All alerts" }).click();
  await page.getByRole("heading", { level: 1, name: "Auto-Ops" }).waitFor();
}

await walked(browser, "auto-ops", summary, shots, async () => {
  const { context, page } = await watchedPage(browser, 1280, summary);
  page.setDefaultTimeout(30_000);
  await signIn(page);
  const phone = await watchedPage(browser, 390, summary, await context.storageState());
  phone.page.setDefaultTimeout(30_000);
  for (const one of [page, phone.page]) {
    await list(one);
    for (const [name, words] of runs) await run(one, name, words);
  }
  summary.done.push(`${runs.length} answered alerts were found in the list and read, at both sizes`);
});
