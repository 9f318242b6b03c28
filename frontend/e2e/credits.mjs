// The pages of credits in a real browser, as people in different positions see them, and the admin's plans and prices.
//
//   DONECAST_URL      where
//   DONECAST_PEOPLE   JSON: [{name, email, password, expect, admin}], what each must read, and who runs the place
//   DONECAST_SHOTS    a folder for pictures
//
// Prints one JSON summary; exits 1 at any failed step, page error or axe violation.
import { look, openBrowser, walked, watchedPage } from "./browser.mjs";

const { DONECAST_URL: url } = process.env;
const people = JSON.parse(process.env.DONECAST_PEOPLE);
const shots = process.env.DONECAST_SHOTS ?? "";
const summary = { looks: 0, violations: [], page_errors: [], failures: [], done: [] };
const browser = await openBrowser();

const settled = async (page) => {
  await page.getByRole("heading", { level: 1 }).waitFor();
  await page.getByText(/^Loading/).first().waitFor({ state: "hidden" });
};

async function signIn(page, { email, password }) {
  await page.goto(`${url}/studio/credits`);
  await page.getByLabel("Email").fill(email);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("heading", { level: 1, name: "Credits" }).waitFor();
}

/** Everything that is folded away, opened, so that it is looked at as well. */
async function unfold(page) {
  const folded = page.locator("main details:not([open]) > summary");
  while ((await folded.count()) > 0) await folded.first().click(); // what opens may hold more of them
  await page.waitForTimeout(300);
}

async function credits(page, person) {
  await page.goto(`${url}/studio/credits`);
  await settled(page);
  for (const words of person.expect) await page.getByText(words).first().waitFor();
  await unfold(page);
  await look(page, `credits-${person.name}`, summary, shots);
  summary.done.push(`${person.name}: credits at ${page.viewportSize().width} px`);
}

async function home(page, person) {
  await page.goto(`${url}/studio/`);
  await settled(page);
  await look(page, `home-${person.name}`, summary, shots);
}

async function newEpisode(page, person) {
  await page.goto(`${url}/studio/new`);
  await page.getByText(/takes about .* credits/).waitFor();
  await page.getByText("Who writes out the words, and who speaks").click();
  await page.getByText(/for each minute/).first().waitFor();
  await look(page, `new-episode-${person.name}`, summary, shots);
}

async function askBack(page) {
  await page.goto(`${url}/studio/credits`);
  await settled(page);
  await page.getByRole("button", { name: /^Ask for this back/ }).first().click();
  await page.getByLabel("What went wrong?").fill("The music was too loud.");
  await look(page, "credits-asking-back", summary, shots);
  await page.getByRole("button", { name: "Ask", exact: true }).click();
  await page.getByText(/The answer is still to come/).waitFor();
  summary.done.push("a charge was asked back");
}

/** The admin answers the request, gives a present, and changes a price; each with its reason. */
async function plans(page, asker) {
  await page.goto(`${url}/studio/plans`);
  await page.getByText("“The music was too loud.”").waitFor();
  await unfold(page);
  await page.getByLabel("E-mail address").fill(asker.email);
  await page.getByRole("button", { name: "Find" }).click();
  const box = page.getByRole("region", { name: `Credits of ${asker.email}` });
  await box.waitFor();
  await unfold(page);
  await look(page, "plans", summary, shots);
}

async function administer(page, asker) {
  const request = page.getByRole("listitem").filter({ hasText: "The music was too loud." }).first();
  await request.getByLabel("Your answer").fill("You are right.");
  await request.getByRole("button", { name: "Give it back", exact: true }).click();
  await page.getByText("Nobody waits for an answer.").waitFor();
  summary.done.push("the request was granted");
  const box = page.getByRole("region", { name: `Credits of ${asker.email}` });
  await box.getByLabel("Credits", { exact: true }).fill("25");
  await box.getByLabel("Why").first().fill("Thank you for telling us.");
  await box.getByRole("button", { name: "Give as a present" }).click();
  await box.getByText("Done. It stands in their ledger.").waitFor();
  summary.done.push("credits were given");
  await page.getByLabel("Putting an episode together").fill("4");
  await page.locator("form", { hasText: "Put these prices in force" }).getByLabel("Why").fill("A better deal");
  await page.getByRole("button", { name: "Put these prices in force" }).click();
  await page.getByText("A better deal").waitFor();
  await page.getByText("Putting an episode together: 5 to 4").waitFor();
  summary.done.push("a price was changed, and stands in the history");
}

await walked(browser, "credits", summary, shots, async () => {
  const asker = people.find(({ asks }) => asks);
  for (const person of people) {
    const { context, page } = await watchedPage(browser, 1280, summary);
    page.setDefaultTimeout(20_000);
    await signIn(page, person);
    const phone = await watchedPage(browser, 390, summary, await context.storageState());
    phone.page.setDefaultTimeout(20_000);
    const both = [page, phone.page];
    for (const one of both) await credits(one, person);
    if (person.asks) {
      for (const one of both) {
        await home(one, person);
        await newEpisode(one, person);
      }
      await askBack(page);
    }
    if (person.admin) {
      for (const one of both) await plans(one, asker);
      await administer(page, asker);
    }
    await phone.context.close();
    await context.close();
  }
});
