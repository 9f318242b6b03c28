// The review of an episode in a real browser, by the keyboard alone: what was found and what the intern was asked.
//
//   DONECAST_URL, DONECAST_EMAIL, DONECAST_PASSWORD, DONECAST_EPISODE   where, who and which episode
//   DONECAST_SHOTS   a folder for pictures
//
// Prints one JSON summary; exits 1 at any failed step, page error or axe violation.
import { look, openBrowser, walked, watchedPage } from "./browser.mjs";

const { DONECAST_URL: url, DONECAST_EMAIL: email, DONECAST_PASSWORD: password, DONECAST_EPISODE: episode } = process.env;
const shots = process.env.DONECAST_SHOTS ?? "";
const TABS_MAX = 600;
const summary = { looks: 0, violations: [], page_errors: [], failures: [], pressed: 0, done: [] };

const browser = await openBrowser();
const { context, page } = await watchedPage(browser, 1280, summary);
page.setDefaultTimeout(20_000);

async function press(key) {
  summary.pressed += 1;
  await page.keyboard.press(key);
}

/** The accessible name and role of what has the focus, as far as this walk needs them. */
const focused = () =>
  page.evaluate(() => {
    const element = document.activeElement;
    const labels = element.labels ? [...element.labels].map((label) => label.innerText).join(" ") : "";
    return {
      tag: element.tagName.toLowerCase(),
      name: (element.getAttribute("aria-label") ?? (labels || element.innerText || "")).trim(),
      group: element.closest("fieldset")?.querySelector("legend")?.innerText ?? "",
      checked: element.checked ?? null,
      value: element.getAttribute("aria-valuetext") ?? "",
    };
  });

/** Presses Tab until what is wanted has the focus. */
async function tabTo(what, isWanted) {
  for (let count = 0; count < TABS_MAX; count += 1) {
    await press("Tab");
    const found = await focused();
    if (isWanted(found)) return found;
  }
  throw new Error(`The keyboard does not reach ${what}.`);
}

const beginning = () => page.evaluate(() => document.activeElement?.blur?.());
const saved = () => page.getByText("Saving…").first().waitFor({ state: "hidden" });

async function switchOne(kind) {
  await beginning();
  const { checked, name } = await tabTo(`a choice about “${kind}”`, ({ tag, group }) => tag === "input" && group.startsWith(kind));
  if (checked !== true) throw new Error(`Tab stops at a choice that is not made: ${name}`);
  await press("ArrowRight"); // from Cut to Keep, or around
  await page.waitForTimeout(100);
  await saved();
  const after = await focused();
  if (after.name === name) throw new Error(`The arrow did not switch ${kind}.`);
  summary.done.push(`${kind}: ${name} to ${after.name}`);
}

async function answerOne() {
  await beginning();
  await tabTo("the suggestion of an answer", ({ tag, name }) => tag === "button" && name === "Suggest an answer");
  await press("Enter");
  await page.getByText(/Read it before it goes in/).first().waitFor();
  await beginning();
  await tabTo("the answer", ({ tag, name }) => tag === "textarea" && name === "Answer");
  await press("Control+A");
  await page.keyboard.type("It was written by two brothers.");
  await tabTo("the button that puts it in", ({ name }) => name === "Put it in the episode");
  await press("Enter");
  await page.getByText("In the episode", { exact: true }).first().waitFor();
  summary.done.push("intern: answered");
}

async function undo() {
  const cut = () => page.locator("input[type=radio]:checked").evaluateAll((all) => all.map(({ labels }) => labels[0].innerText).join());
  const before = await cut();
  await beginning();
  await tabTo("Undo", ({ tag, name }) => tag === "button" && name === "Undo");
  await press("Enter");
  await page.waitForTimeout(300);
  await saved();
  if ((await cut()) === before) throw new Error("Undo took nothing back.");
  summary.done.push("undo");
}

/** Opens the edges of something, moves one, hears it, saves, and must stand again where it began. */
async function moveEdge({ group, opener, edge, keys, hear, after }) {
  await beginning();
  await tabTo(opener, (one) => one.tag === "button" && one.name === opener && one.group.startsWith(group));
  await press("Enter");
  const before = await focused();
  if (before.name !== edge) throw new Error(`Opening the edges leads to “${before.name}”.`);
  for (const key of keys) await press(key);
  const { value } = await focused();
  if (value === before.value || !/^(starts|ends) at .*second/.test(value)) throw new Error(`The edge says “${value}”.`);
  await look(page, `review-edges-of-${edge.toLowerCase()}`, summary, shots);
  await tabTo(hear, (one) => one.tag === "button" && one.name === hear);
  await press("Enter");
  await page.getByRole("button", { name: "Stop", exact: true }).waitFor();
  await tabTo("Save", (one) => one.tag === "button" && one.name === "Save");
  await press("Enter");
  await page.getByText(after).first().waitFor();
  await saved();
  const { name } = await focused();
  if (name !== opener) throw new Error(`After saving, the focus is at “${name}”.`);
  summary.done.push(`${group}: ${before.value} to ${value}`);
}

/** A picture of what one sees without scrolling. */
async function inSight(anyPage, name) {
  await anyPage.emulateMedia({ colorScheme: "light", reducedMotion: "reduce" });
  if (shots) await anyPage.screenshot({ path: `${shots}/${name}-${anyPage.viewportSize().width}.png` });
}

async function find() {
  await beginning();
  await tabTo("the search", ({ tag, name }) => tag === "input" && name === "Find words");
  await page.keyboard.type("OLD  Sông");
  await page.getByText("2 places found, this is number 1").waitFor();
  await press("Enter");
  await page.getByText("2 places found, this is number 2").waitFor();
  await inSight(page, "review-search-in-sight");
  await look(page, "review-search", summary, shots);
  await tabTo("Hear it", ({ tag, name }) => tag === "button" && name === "Hear it");
  await press("Enter");
  await page.waitForFunction(() => {
    const sound = document.querySelector("[aria-label='Your recording'] audio");
    return sound !== null && !sound.paused && sound.currentTime > 0;
  });
  await page.locator(".is-spoken").waitFor();
  await tabTo("the way to close the recording", ({ name }) => name === "Close the recording");
  await press("Enter");
  summary.done.push("search: found twice, heard from there");
}

/** Nothing is cut off, nor wider than a phone, for those who read large text. */
async function largeText(browserPage) {
  await browserPage.evaluate(() => localStorage.setItem("donecast.preferences", JSON.stringify({ textPercent: 130 })));
  for (const [name, path] of [["home", "/studio/"], ["review", `/studio/episodes/${episode}`]]) {
    await browserPage.goto(`${url}${path}`);
    await browserPage.getByRole("heading", { level: 1 }).waitFor();
    await browserPage.getByText("Loading").first().waitFor({ state: "hidden" });
    await look(browserPage, `${name}-large`, summary, shots, ["light"]);
  }
}

await walked(browser, "review", summary, shots, async () => {
  await page.goto(`${url}/studio/`);
  await page.getByLabel("Email").fill(email);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("heading", { level: 1, name: /^Hello/ }).waitFor();
  await page.goto(`${url}/studio/episodes/${episode}`);
  await page.getByRole("region", { name: "What you asked the intern" }).waitFor();
  await page.getByRole("region", { name: "Proposed cuts" }).waitFor();
  await look(page, "review", summary, shots);
  for (const kind of (process.env.DONECAST_KINDS ?? "").split(",").filter(Boolean)) await switchOne(kind);
  await undo();
  await moveEdge({
    group: "Long pause",
    opener: "Change where it starts and ends",
    edge: "Start",
    keys: ["ArrowRight", "Shift+ArrowRight"],
    hear: "Hear the joint",
    after: /edges changed/,
  });
  await moveEdge({
    group: "Request",
    opener: "Change where it ends",
    edge: "End",
    keys: ["ArrowRight", "ArrowRight", "Shift+ArrowRight"],
    hear: "Hear where it ends",
    after: /You chose where it ends/,
  });
  await find();
  await answerOne();
  await look(page, "review-answered", summary, shots);
  const phone = await watchedPage(browser, 390, summary, await context.storageState());
  await phone.page.goto(page.url());
  await phone.page.getByRole("region", { name: "What you asked the intern" }).waitFor();
  await phone.page.getByRole("region", { name: "Proposed cuts" }).waitFor();
  await look(phone.page, "review", summary, shots);
  const pause = phone.page.getByRole("group", { name: /^Long pause at/ });
  await pause.getByRole("button", { name: "Change where it starts and ends" }).tap();
  await pause.getByRole("button", { name: "Start: Earlier" }).tap();
  const handle = pause.getByRole("slider", { name: "End" });
  const { x, y, width, height } = await handle.boundingBox();
  const before = await handle.getAttribute("aria-valuetext");
  if (width < 44 || height < 44) throw new Error(`The handle is ${width} by ${height} px.`);
  await phone.page.mouse.move(x + width / 2, y + height / 2);
  await phone.page.mouse.down();
  await phone.page.mouse.move(x + width / 2 - 20, y + height / 2, { steps: 4 });
  await phone.page.mouse.up();
  if ((await handle.getAttribute("aria-valuetext")) === before) throw new Error("Dragging did not move the edge.");
  await phone.page.getByLabel("Find words").fill("old song");
  await phone.page.getByText("2 places found, this is number 1").waitFor();
  await inSight(phone.page, "review-search-in-sight");
  await look(phone.page, "review-edges-and-search", summary, shots);
  await largeText(phone.page);
  await phone.page.evaluate(() => localStorage.clear());
  for (const one of [phone.page, page]) {
    await one.goto(`${url}/studio/shows`);
    await one.getByRole("heading", { name: "Slips of the tongue" }).waitFor();
    await one.getByText("Who writes out the words, and who speaks").click();
    await one.getByLabel("Who speaks?").waitFor();
    await one.getByRole("button", { name: /^Choose its music/ }).first().click();
    await one.getByLabel(/^Music of/).first().waitFor();
    await look(one, "show-cleanup", summary, shots);
  }
});
