import { readFile } from "node:fs/promises";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { findChromium } from "../../scripts/find-chromium.mjs";

export const chromiumPath: string | undefined = findChromium();

/** Starts the machine's Chromium. As root it has to run without its sandbox. */
export function openBrowser(): Promise<Browser> {
  return chromium.launch({
    ...(chromiumPath === undefined ? {} : { executablePath: chromiumPath }),
    args: process.getuid?.() === 0 ? ["--no-sandbox"] : [],
  });
}

export interface OpenPage {
  page: Page;
  context: BrowserContext;
  /** What went wrong in the page: script errors, and what its content security policy refused. */
  faults: string[];
}

export interface PageOptions {
  phone?: boolean;
  dark?: boolean;
}

/** A page in a context of its own: no cookies, nothing remembered. */
export async function openPage(browser: Browser, { phone = false, dark = false }: PageOptions = {}): Promise<OpenPage> {
  const context = await browser.newContext({
    viewport: phone ? { width: 390, height: 844 } : { width: 1280, height: 860 },
    colorScheme: dark ? "dark" : "light",
    reducedMotion: "reduce",
  });
  const page = await context.newPage();
  const faults: string[] = [];
  page.on("pageerror", (error) => faults.push(error.message));
  page.on("console", (message) => {
    if (/content security policy|refused to/i.test(message.text())) faults.push(message.text());
  });
  return { page, context, faults };
}

interface AxeResult {
  violations: { id: string; impact: string | null; nodes: { html: string; failureSummary?: string }[] }[];
}

/** Serious and critical accessibility faults that axe finds in the page as it stands. */
export async function findAccessibilityFaults(page: Page): Promise<string[]> {
  const axe = await readFile(new URL(import.meta.resolve("axe-core/axe.min.js")), "utf8");
  // Evaluated through the debugger: a script element would be refused by the page's own policy.
  await page.evaluate(axe);
  const result = (await page.evaluate("axe.run({ resultTypes: ['violations'] })")) as AxeResult;
  return result.violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(
      ({ id, nodes }) => `${id}: ${nodes.map(({ html, failureSummary }) => `${html} ${failureSummary}`).join("; ")}`,
    );
}

/** Writes a picture for the docs, when `SCREENSHOTS=1` asks for them. */
export async function screenshot(page: Page, name: string): Promise<void> {
  if (process.env.SCREENSHOTS !== "1") return;
  await page.evaluate("document.activeElement?.blur(); scrollTo(0, 0)");
  await page.screenshot({
    fullPage: true,
    clip: { x: 0, y: 0, width: 1280, height: 1000 },
    path: new URL(`../../docs/images/${name}.png`, import.meta.url).pathname,
  });
}
