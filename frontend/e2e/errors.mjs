// The pages of errors and of monitoring in a real browser, before a Sentry that answers, one that fails in every way it can, and none.
//
//   DONECAST_URL, DONECAST_EMAIL, DONECAST_PASSWORD   where, and who runs the place
//   DONECAST_MODE      answers | token_dead | own
//   DONECAST_CONTROL   an address: GET KIND there makes the stand-in fail so
//   DONECAST_KINDS     JSON: {kind: the words that must be read}
//   DONECAST_SHOTS     a folder for pictures
//
// Prints one JSON summary; exits 1 at any failed step, page error or axe violation.
import { look, openBrowser, walked, watchedPage } from "./browser.mjs";

const { DONECAST_URL: url, DONECAST_CONTROL: control, DONECAST_MODE: mode } = process.env;
const kinds = Object.entries(JSON.parse(process.env.DONECAST_KINDS ?? "{}"));
const shots = process.env.DONECAST_SHOTS ?? "";
const summary = { looks: 0, violations: [], page_errors: [], failures: [], done: [], kinds: {}, no_errors_said: 0 };
const browser = await openBrowser();
const NO_ERRORS = "No errors are waiting.";

const settled = async (page) => {
  await page.getByRole("heading", { level: 1 }).waitFor();
  await page.getByText(/^Loading/).first().waitFor({ state: "hidden" });
};

async function open(page, address = "/errors") {
  await page.goto(`${url}/studio${address}`);
  await settled(page);
}

async function signIn(page) {
  await page.goto(`${url}/studio/errors`);
  await page.getByLabel("Email").fill(process.env.DONECAST_EMAIL);
  await page.getByLabel("Password").fill(process.env.DONECAST_PASSWORD);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("heading", { level: 1, name: "Errors" }).waitFor();
}

/** Every page of the list, by the button at its end; answers how many errors were shown. */
async function allPages(page) {
  const more = page.getByRole("button", { name: "Show more" });
  for (;;) {
    const shown = await page.getByRole("main").getByRole("listitem").count();
    if (!(await more.isVisible())) return shown;
    await more.click();
    await page.waitForFunction((before) => document.querySelectorAll("main li").length > before, shown);
    await page.waitForTimeout(50);
  }
}

async function answering(page) {
  await open(page);
  await page.getByText(/\d+ errors are waiting/).waitFor();
  await look(page, "errors", summary, shots);
}

async function detail(page) {
  await open(page);
  await page.getByRole("main").getByRole("listitem").getByRole("link").first().click();
  await page.getByText("The last times").waitFor();
  await page.getByText("What led to it", { exact: true }).click();
  await page.getByText("Before it happened").first().waitFor();
  await look(page, "error", summary, shots);
}

async function act(page) {
  await page.getByRole("button", { name: "Resolve" }).click();
  await look(page, "error-asking", summary, shots);
  await page.getByRole("button", { name: "Yes, resolve" }).click();
  await page.getByRole("button", { name: "Open again" }).waitFor();
  summary.done.push("an error was resolved after one question");
}

async function search(page, text) {
  await open(page);
  await page.getByLabel("Look for").selectOption("Request id");
  await page.getByLabel("What it says").fill(text);
  await page.getByRole("button", { name: "Search" }).click();
  await page.getByText("1 of 1 shown").waitFor();
  summary.done.push("an old request id led to its error");
}

async function failing(page, kind, words) {
  const answer = await fetch(`${control}/${kind}`);
  if (!answer.ok) throw new Error(`the stand-in did not become ${kind}`);
  await page.getByRole("button", { name: "Look again now" }).click();
  await page.getByText(words).first().waitFor();
  await page.getByText(/^We do not know what happened since .* Until then: \d+ errors are waiting/).waitFor();
  if (await page.getByText(NO_ERRORS, { exact: true }).count()) summary.no_errors_said += 1;
  if ((await page.getByRole("main").getByRole("listitem").count()) === 0) throw new Error(`${kind}: the mirror is not shown`);
  summary.kinds[kind] = words;
}

async function walkAnswers(page, phone) {
  for (const one of [page, phone]) await answering(one);
  await open(page);
  summary.shown = await allPages(page);
  await search(page, process.env.DONECAST_REQUEST);
  for (const one of [phone, page]) await detail(one);
  await act(page);
  await open(page);
  for (const [kind, words] of kinds) {
    await failing(page, kind, words);
    if (kind === "token_dead") {
      await look(page, "errors-token-dead-mirror", summary, shots);
      await open(phone);
      await look(phone, "errors-token-dead-mirror", summary, shots);
    }
  }
  await page.getByRole("main").getByRole("listitem").getByRole("link").first().click();
  await page.getByText(/The single times stand in Sentry alone/).waitFor();
  summary.done.push("with Sentry down one error is still shown, and that its times are not known");
}

async function walkTokenDead(page, phone) {
  for (const one of [page, phone]) {
    await open(one);
    await one.getByText("We do not know whether there are errors.").waitFor();
    await one.getByText(kinds[0][1]).waitFor();
    if (await one.getByText(NO_ERRORS, { exact: true }).count()) summary.no_errors_said += 1;
    await look(one, "errors-token-dead", summary, shots);
  }
  summary.kinds.token_dead = kinds[0][1];
}

async function walkOwn(page, phone) {
  for (const one of [page, phone]) {
    await open(one);
    await one.getByText("Kept by DoneCast itself; no Sentry is connected.").waitFor();
    await one.getByRole("main").getByRole("listitem").first().waitFor();
    await look(one, "errors-own", summary, shots);
    await one.getByRole("main").getByRole("listitem").getByRole("link").first().click();
    await one.getByText("The last times").waitFor();
    await look(one, "error-own", summary, shots);
  }
  summary.done.push("without any Sentry the same pages show what DoneCast keeps");
  await monitoring(page, phone);
  await problems(page, phone);
  await messages(page, phone);
}

/** A person tells of a problem; whoever runs the place finds it, goes on to the error of that request, and back. */
async function problems(page, phone) {
  const words = "The beans do not play.";
  for (const one of [page, phone]) {
    await open(one, "/problem?page=%2Fepisodes%2Fep_1&request=r-1");
    await look(one, "problem", summary, shots);
  }
  await page.getByLabel("What happened?").fill(words);
  await page.getByRole("button", { name: "Send" }).click();
  await page.getByText("We have it.").waitFor();
  for (const one of [page, phone]) {
    await open(one, "/reports");
    await one.getByText(/(is|are) waiting\.$/).waitFor();
    await look(one, "reports", summary, shots);
    await one.getByRole("link", { name: words }).click();
    await one.getByRole("link", { name: "See the error" }).waitFor();
    await look(one, "report", summary, shots);
  }
  await page.getByRole("link", { name: "See the error" }).click();
  await page.getByText("Reported as a problem").waitFor();
  await look(page, "error-reported", summary, shots);
  await page.getByRole("link", { name: /^Problem / }).click();
  await page.getByRole("link", { name: "See the error" }).waitFor();
  summary.done.push("a report led to the error of its request, and that back to the report");
}

/** What came of the stuck work stands behind the bell; a message that is opened is read. */
async function messages(page, phone) {
  for (const one of [page, phone]) {
    await open(one);
    await one.getByRole("link", { name: /^Messages ?, \d+ new$/ }).click();
    await one.getByText(/messages? (is|are) new\.$/).waitFor();
    await look(one, "messages", summary, shots);
  }
  const before = await phone.locator("main strong").count();
  await phone.locator("main summary").first().focus();
  await phone.keyboard.press("Enter");
  await phone.waitForFunction((most) => document.querySelectorAll("main strong").length < most, before);
  await look(phone, "messages-read", summary, shots);
  summary.done.push("a message was found behind the bell, opened by the keyboard, and is read");
}

/** The monitoring page: one sentence first, a service switched off and released, each after one question. */
async function monitoring(page, phone) {
  for (const one of [page, phone]) {
    await open(one, "/monitoring");
    await one.getByText(/^(All working\.|.+: .+\.)/).first().waitFor();
    await one.getByText(/^24 hours: /).first().waitFor();
    await one.getByText("It waits for the worker worker-away, which is silent.").waitFor();
    await look(one, "monitoring", summary, shots);
  }
  await page.getByRole("button", { name: "Switch off: Gemini" }).click();
  await look(page, "monitoring-asking", summary, shots);
  await page.getByRole("button", { name: "Yes, switch off" }).click();
  await page.getByText("Switched off by hand").waitFor();
  await page.getByText("1 left alone", { exact: true }).waitFor();
  await page.getByRole("button", { name: "Ask again now: Gemini" }).click();
  await page.getByRole("button", { name: "Yes, ask again now" }).click();
  await page.getByText("Release service: gemini").first().waitFor();
  summary.done.push("a service was switched off and released, each after one question");
  await stuckWork(page, phone);
}

/** Work that does not move: two rehearsals change nothing, then it is ended. */
async function stuckWork(page, phone) {
  const end = "End it and give the credits back";
  await phone.getByRole("button", { name: "Start it again" }).click();
  await phone.getByText(/^1 would be begun again/).waitFor();
  await look(phone, "monitoring-stuck", summary, shots);
  await phone.getByRole("button", { name: "Not now" }).click();
  await page.getByRole("button", { name: end }).click();
  await page.getByText(/^1 would be ended as failed/).waitFor();
  await look(page, "monitoring-stuck", summary, shots);
  await page.getByRole("button", { name: `Yes, ${end.toLowerCase()}` }).click();
  await page.getByText(/: 1 is ended as failed/).waitFor();
  await page.getByText("No work is stuck.").waitFor();
  await page.getByText(/^Stuck work fail and release: /).waitFor();
  summary.done.push("stuck work was ended after a rehearsal and a question");
}

const isMeant = (response) => mode === "token_dead" && response.status() === 503 && response.url().includes("/feedback/");
await walked(browser, "errors", summary, shots, async () => {
  const { context, page } = await watchedPage(browser, 1280, summary, undefined, isMeant);
  page.setDefaultTimeout(30_000);
  await signIn(page);
  const phone = await watchedPage(browser, 390, summary, await context.storageState(), isMeant);
  phone.page.setDefaultTimeout(30_000);
  const walks = { answers: walkAnswers, token_dead: walkTokenDead, own: walkOwn };
  await walks[mode](page, phone.page);
  if (summary.no_errors_said > 0) throw new Error(`“${NO_ERRORS}” was said ${summary.no_errors_said} times although nobody knew.`);
});
