// The whole line in a real browser: sign in, drop a recording, watch it being made, listen, change a cut, publish,
// open the public page, fetch the feed. Every screen is looked at in two sizes and two themes.
//
//   DONECAST_URL        where it runs, http://127.0.0.1:8000 unless told
//   DONECAST_EMAIL, DONECAST_PASSWORD   an account; with DONECAST_SIGN_UP=yes it is created first
//   DONECAST_RECORDING  the file to drop
//   DONECAST_SHOTS      a folder for pictures; none are kept without it
//   DONECAST_MINUTES    how long making may take, 15 unless told
//
// Prints one JSON summary; exits 1 at any failed step, page error or axe violation.
import { look, openBrowser, SIZES, walked, watchedPage } from "./browser.mjs";

const need = (name) => {
  const value = process.env[name];
  if (!value) throw new Error(`Please set ${name}.`);
  return value;
};

const url = (process.env.DONECAST_URL ?? "http://127.0.0.1:8000").replace(/\/$/, "");
const email = need("DONECAST_EMAIL");
const password = need("DONECAST_PASSWORD");
const recording = need("DONECAST_RECORDING");
const shots = process.env.DONECAST_SHOTS ?? "";
const makingMs = Number(process.env.DONECAST_MINUTES ?? 15) * 60_000;
const summary = { steps: [], looks: 0, violations: [], page_errors: [], failures: [], steps_seen: [] };

const browser = await openBrowser();
const { context, page } = await watchedPage(browser, 1280, summary);
page.setDefaultTimeout(20_000);

/** Runs one step and notes how long it took; the first that fails ends the walk. */
async function step(name, act) {
  const began = Date.now();
  const result = await act();
  summary.steps.push({ name, ms: Date.now() - began });
  return result;
}

const heading = (name) => page.getByRole("heading", { level: 1, name });
const button = (name) => page.getByRole("button", { name });

async function signIn() {
  await page.goto(`${url}/studio/`);
  await heading("Sign in").waitFor();
  if (process.env.DONECAST_SIGN_UP === "yes") {
    await page.getByRole("link", { name: "Create an account" }).click();
    await page.getByLabel("Your name").fill("Margaret Hale");
  }
  await page.getByLabel("Email").fill(email);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: /^(Sign in|Create my account)$/ }).click();
  await heading(/^Hello/).waitFor();
}

async function nameTheShow() {
  await page.goto(`${url}/studio/shows`);
  await page.getByRole("button", { name: /^(Make my show|Save the show)$/ }).waitFor();
  if (!(await button("Make my show").isVisible())) return;
  await page.getByLabel("What is your show called?").fill("The Allotment Hour");
  await page.getByLabel("What is it about?").fill("Two neighbours, one plot, and what grows on it.");
  await button("Make my show").click();
  await page.getByLabel("Usual day").selectOption({ label: "Thursday" });
  await button("Save the show").click();
  await page.getByText("Saved", { exact: true }).waitFor();
}

/** A true drop: the file goes into a helper field first, then is carried over by a drop event. */
async function dropRecording() {
  await page.goto(`${url}/studio/new`);
  await button(/^Choose/).waitFor();
  const helper = await page.evaluateHandle(() => {
    const input = document.body.appendChild(document.createElement("input"));
    input.type = "file";
    return input;
  });
  await helper.asElement().setInputFiles(recording);
  await page.evaluate((input) => {
    const carried = new DataTransfer();
    carried.items.add(input.files[0]);
    input.remove();
    const zone = document.querySelector("[aria-label='Recording']").parentElement;
    zone.dispatchEvent(new DragEvent("drop", { bubbles: true, cancelable: true, dataTransfer: carried }));
  }, helper);
  await page.getByRole("list", { name: "Progress" }).waitFor();
}

/** Watches the list until the work ends; remembers which steps were seen under way, and with which percent. */
async function watchWork(done) {
  const seen = new Set();
  let pictured = false;
  const until = Date.now() + makingMs;
  while (!(await done().isVisible())) {
    const alert = page.getByRole("alert");
    if (await alert.isVisible()) throw new Error(`The work stopped: ${await alert.first().innerText()}`);
    if (Date.now() > until) throw new Error("The work did not end in time.");
    for (const item of await page.getByRole("list", { name: "Progress" }).getByRole("listitem").allInnerTexts()) {
      const [title, rest] = item.split(/,?\s*, under way/);
      if (rest !== undefined) seen.add(title.trim());
    }
    if (!pictured && seen.size > 1) {
      pictured = true;
      await look(page, "new-episode-working", summary, shots);
    }
    await page.waitForTimeout(150);
  }
  summary.steps_seen.push([...seen]);
}

async function listen() {
  const player = page.getByRole("group", { name: "The finished episode" });
  await player.getByRole("button", { name: "Play" }).click();
  await page.waitForFunction(() => (document.querySelector("audio")?.currentTime ?? 0) > 1, undefined, { timeout: 15_000 });
  summary.heard_seconds = await page.evaluate(() => document.querySelector("audio").currentTime);
  await player.getByRole("button", { name: "Pause" }).click();
}

/** Hears the first proposed cut before the episode is made anew; answers whether there was one. */
async function hearACut() {
  const cuts = page.getByRole("region", { name: "Proposed cuts" });
  const one = cuts.locator("summary:visible").first();
  if ((await one.count()) > 0 && !(await one.evaluate((summary) => summary.parentElement.open))) await one.click();
  const hear = cuts.getByRole("button", { name: "Hear it cut" }).first();
  if ((await hear.count()) === 0) return false;
  const answered = page.waitForResponse((answer) => answer.url().includes("/preview?"));
  await hear.click();
  const answer = await answered;
  if (!answer.ok() || answer.headers()["content-type"] !== "audio/wav") {
    throw new Error(`The preview answered ${answer.status()}.`);
  }
  const stop = cuts.getByRole("button", { name: "Stop" });
  await stop.waitFor();
  await stop.click();
  await stop.waitFor({ state: "hidden" });
  return true;
}

/** Switches the first proposed cut, makes the episode again, and answers whether there was anything to switch. */
async function changeACut() {
  const mark = page.getByRole("region", { name: "What was said" }).locator("[aria-pressed]").first();
  if ((await mark.count()) === 0) return false;
  const before = await mark.getAttribute("aria-pressed");
  await mark.click();
  await page.locator(`[aria-pressed="${before === "true" ? "false" : "true"}"]`).first().waitFor();
  await button("Make the episode again").click();
  await page.getByRole("list", { name: "Progress" }).waitFor();
  await page.getByRole("list", { name: "Progress" }).waitFor({ state: "hidden", timeout: makingMs });
  await button("Publish now").waitFor();
  return true;
}

async function publish() {
  await page.getByRole("radio", { name: /^Now/ }).check();
  await button("Publish now").click();
  await page.getByRole("heading", { name: "On air" }).waitFor();
  const link = (name) => page.getByRole("link", { name }).getAttribute("href");
  return {
    pageUrl: new URL(await link("The episode's page"), url).href,
    feedUrl: new URL(await link("The feed of your show"), url).href,
  };
}

async function readFeed(feedUrl, title) {
  const answer = await context.request.get(feedUrl);
  const text = await answer.text();
  const enclosure = /<enclosure[^>]*url="([^"]+)"/.exec(text)?.[1];
  if (!answer.ok() || !enclosure) throw new Error(`The feed (${answer.status()}) has no enclosure.`);
  if (!text.includes(title)) throw new Error(`The feed does not name “${title}”.`);
  const target = new URL(enclosure.replaceAll("&amp;", "&"), url);
  const sound = await context.request.get(new URL(target.pathname + target.search, url).href, {
    headers: { Range: "bytes=0-1023" },
  });
  if (!sound.ok()) throw new Error(`The enclosure answered ${sound.status()}.`);
  summary.enclosure = { type: sound.headers()["content-type"], status: sound.status() };
}

/** Every screen in both sizes and both themes, as the person who signed in sees them. */
async function lookAtAll(episodePath, pageUrl) {
  const storageState = await context.storageState();
  for (const size of Object.keys(SIZES)) {
    const visitor = await watchedPage(browser, size, summary, storageState);
    for (const [name, address, sign] of [
      ["home", "/studio/", /^Hello/],
      ["new-episode", "/studio/new", "New episode"],
      ["episode", episodePath, /./],
      ["show", "/studio/shows", /./],
      ["public-episode", pageUrl, /./],
      ["public-show", pageUrl.replace(/\/[^/]+\/?$/, ""), /./],
    ]) {
      await visitor.page.goto(new URL(address, url).href);
      await visitor.page.getByRole("heading", { level: 1, name: sign }).first().waitFor();
      await visitor.page.waitForLoadState("load");
      await visitor.page.waitForTimeout(500);
      await look(visitor.page, name, summary, shots);
    }
    await visitor.context.close();
    const stranger = await watchedPage(browser, size, summary);
    for (const [name, address, sign] of [
      ["sign-in", "/studio/sign-in", "Sign in"],
      ["sign-up", "/studio/sign-up", "Create an account"],
    ]) {
      await stranger.page.goto(url + address);
      await stranger.page.getByRole("heading", { level: 1, name: sign }).waitFor();
      await look(stranger.page, name, summary, shots);
    }
    await stranger.context.close();
  }
}

await walked(browser, "line", summary, shots, async () => {
  await step("sign in", signIn);
  await step("look at the first Home", () => look(page, "home-first", summary, shots));
  await step("name the show", nameTheShow);
  await step("drop the recording", dropRecording);
  await step("watch it being made", () => watchWork(() => heading("Ready to check")));
  await look(page, "new-episode-ready", summary, shots);
  const title = await page.getByLabel("Title").inputValue();
  await step("open the episode", async () => {
    await page.getByRole("link", { name: "Listen and check the cuts" }).click();
    await heading(title).waitFor();
  });
  await step("listen", listen);
  summary.heard_a_cut = await step("hear a cut before it is made", hearACut);
  summary.changed_a_cut = await step("change a cut and make it again", changeACut);
  const { pageUrl, feedUrl } = await step("publish", publish);
  await step("open the public page", async () => {
    const answer = await context.request.get(pageUrl);
    if (!answer.ok() || !(await answer.text()).includes(title)) throw new Error(`The page answered ${answer.status()}.`);
  });
  await step("read the feed", () => readFeed(feedUrl, title));
  await step("look at every screen", () => lookAtAll(new URL(page.url()).pathname, pageUrl));
});
