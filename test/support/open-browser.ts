import { readFile } from "node:fs/promises";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { findChromium } from "../../scripts/find-chromium.mjs";

export const chromiumPath: string | undefined = findChromium();

/** Starts the installed Chromium. Its sandbox does not work for root. */
export function openBrowser(): Promise<Browser> {
  return chromium.launch({
    ...(chromiumPath === undefined ? {} : { executablePath: chromiumPath }),
    args: process.getuid?.() === 0 ? ["--no-sandbox"] : [],
  });
}

export interface OpenPage {
  page: Page;
  context: BrowserContext;
  /** Script errors of the page, and violations of its content security policy. */
  errors: string[];
}

export interface PageOptions {
  phone?: boolean;
  dark?: boolean;
}

/** A page in a new context, without cookies or storage. */
export async function openPage(browser: Browser, { phone = false, dark = false }: PageOptions = {}): Promise<OpenPage> {
  const context = await browser.newContext({
    viewport: phone ? { width: 390, height: 844 } : { width: 1280, height: 860 },
    colorScheme: dark ? "dark" : "light",
    reducedMotion: "reduce",
  });
  const page = await context.newPage();
  const errors: string[] = [];
  page.on("pageerror", (error) => errors.push(error.message));
  page.on("console", (message) => {
    if (/content security policy|refused to/i.test(message.text())) errors.push(message.text());
  });
  return { page, context, errors };
}

interface AxeResult {
  violations: { id: string; nodes: { html: string; failureSummary?: string }[] }[];
}

/** Accessibility violations that axe finds in the current state of the page. */
export async function findAccessibilityViolations(page: Page): Promise<string[]> {
  const axe = await readFile(new URL(import.meta.resolve("axe-core/axe.min.js")), "utf8");
  // Evaluated through the debugger, since the policy of the page refuses a script element.
  await page.evaluate(axe);
  const result = (await page.evaluate("axe.run({ resultTypes: ['violations'] })")) as AxeResult;
  return result.violations.map(
    ({ id, nodes }) => `${id}: ${nodes.map(({ html, failureSummary }) => `${html} ${failureSummary}`).join("; ")}`,
  );
}

/** Writes a picture for the docs when `SCREENSHOTS=1` is set. */
export async function screenshot(page: Page, name: string): Promise<void> {
  if (process.env.SCREENSHOTS !== "1") return;
  await page.evaluate("document.activeElement?.blur(); scrollTo(0, 0)");
  await page.screenshot({
    fullPage: true,
    clip: { x: 0, y: 0, width: 1280, height: 1000 },
    path: new URL(`../../docs/images/${name}.png`, import.meta.url).pathname,
  });
}
