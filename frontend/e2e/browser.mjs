// The distribution's own browser, and what every visit is watched for: errors of the page and faults that axe finds.
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

import { chromium } from "playwright-core";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

export const SIZES = {
  1280: { viewport: { width: 1280, height: 860 } },
  390: { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true },
};
export const THEMES = ["light", "dark"];

export const openBrowser = () =>
  chromium.launch({
    executablePath: process.env.DONECAST_CHROMIUM ?? "/usr/bin/chromium",
    headless: true,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      "--autoplay-policy=no-user-gesture-required",
    ],
  });

/** A page whose errors are collected. An answer of 500 and more is one too, unless the walk means it to come. */
export async function watchedPage(browser, size, summary, storageState, isMeant = () => false) {
  const context = await browser.newContext({ ...SIZES[size], ...(storageState ? { storageState } : {}) });
  const page = await context.newPage();
  page.on("pageerror", (error) => summary.page_errors.push(`${page.url()}: ${error.message}`));
  page.on("response", (response) => {
    if (response.status() >= 500 && !isMeant(response)) summary.page_errors.push(`${response.status()} from ${response.url()}`);
  });
  return { context, page };
}

/** A picture and a look by axe, in light and in dark. */
export async function look(page, name, summary, shots, themes = THEMES) {
  const width = page.viewportSize().width;
  for (const theme of themes) {
    await page.emulateMedia({ colorScheme: theme, reducedMotion: "reduce" });
    await page.evaluate(() => document.fonts.ready);
    await page.waitForTimeout(100); // the new theme is painted
    if (shots) {
      mkdirSync(shots, { recursive: true });
      await page.screenshot({ path: join(shots, `${name}-${width}-${theme}.png`), fullPage: true });
    }
    await page.evaluate(AXE);
    const violations = await page.evaluate(async () =>
      (await globalThis.axe.run()).violations.map(({ id, help, nodes }) => ({
        id,
        help,
        where: nodes.slice(0, 5).map(({ target }) => target.join(" ")),
      })),
    );
    // Not by the window's own width: a phone widens that to what it has to show.
    const overflow = (await page.evaluate(() => document.documentElement.scrollWidth)) - width;
    summary.looks += 1;
    summary.violations.push(...violations.map((violation) => ({ screen: name, width, theme, ...violation })));
    if (overflow > 0) summary.failures.push(`${name} is ${overflow} px wider than a ${width} px screen`);
  }
}

/** Walks, and prints the summary of it as JSON; the process exits with 1 at any failed step, page error or axe violation. */
export async function walked(browser, name, summary, shots, walk) {
  try {
    await walk();
  } catch (error) {
    summary.failures.push(String(error instanceof Error ? error.message : error));
    for (const page of shots ? browser.contexts().flatMap((context) => context.pages()) : []) {
      await page.screenshot({ path: join(shots, `${name}-failure-${page.viewportSize().width}.png`), fullPage: true });
    }
  } finally {
    await browser.close();
  }
  summary.sizes = Object.keys(SIZES);
  summary.passed = summary.failures.length + summary.violations.length + summary.page_errors.length === 0;
  process.stdout.write(`${JSON.stringify(summary, null, 2)}\n`);
  process.exit(summary.passed ? 0 : 1);
}
