import type { Precis } from "@precis/launcher";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { chromiumPath, findAccessibilityViolations, openBrowser, openPage } from "../support/open-browser.js";
import { runPrecis } from "../support/run-precis.js";
import { startPrecis } from "../support/start-precis.js";
import { waitForState } from "../support/wait-for-state.js";

describe.skipIf(chromiumPath === undefined)("in a browser, once there is a key", () => {
  let browser: Browser;
  let precis: Precis;
  const made = { reader: "", admin: "" };

  beforeAll(async () => {
    [browser, precis] = await Promise.all([openBrowser(), startPrecis({ WORKERS: "0" })]);
    const create = async (role: string) => {
      const { stdout } = await runPrecis(["keys", "create", "--role", role], { REDIS_URL: precis.redis.url });
      return stdout.trim();
    };
    made.reader = await create("read");
    made.admin = await create("admin");
    await waitForState(
      async () => (await fetch(`${precis.url}/memory`)).status,
      (status) => status === 401,
    );
  });
  afterAll(async () => {
    await browser?.close();
    await precis?.stop();
  });

  const login = async (page: Page, key: string) => {
    await page.fill("#key", key);
    await page.click("form:has(#key) button");
  };

  it.each([{}, { phone: true, dark: true }])("the login page %o looks like the others", async (options) => {
    const { page, context, errors } = await openPage(browser, options);
    await page.goto(`${precis.url}/login`);
    // With the keyboard alone: the field has the focus, Enter submits, and the error is announced.
    await page.keyboard.type("precis_nonsense");
    await page.keyboard.press("Enter");
    await page.waitForSelector("#key[aria-invalid=true]");
    // Its style sheet may still be loading.
    await page.waitForLoadState("load");
    expect(await page.textContent("[role=alert]")).toContain("Invalid API key");
    expect(await page.evaluate("getComputedStyle(document.body).backgroundColor")).toBe(
      "dark" in options ? "rgb(23, 22, 19)" : "rgb(250, 249, 246)",
    );
    expect(await page.getAttribute("nav [aria-current=page]", "href")).toBe("./login");
    expect(await findAccessibilityViolations(page)).toEqual([]);
    expect(await page.evaluate("document.documentElement.scrollWidth - innerWidth")).toBeLessThanOrEqual(0);
    expect(errors).toEqual([]);
    await context.close();
  });

  it("an operator logs in, sees the fleet, logs out and is sent to the login page", async () => {
    const { page, context } = await openPage(browser);
    await page.goto(`${precis.url}/admin/fleet`);
    expect(new URL(page.url()).pathname).toBe("/login");
    await login(page, "precis_nonsense");
    expect(await page.textContent("[role=alert]")).toContain("Invalid API key");
    await page.goto(`${precis.url}/admin/fleet`);
    await login(page, made.admin);
    await page.waitForURL("**/admin/fleet");
    await page.waitForSelector(".live[data-live=live]");
    await page.click("nav >> text=Log in");
    await page.click("text=Log out");
    await page.waitForURL("**/login");
    await page.goto(`${precis.url}/admin/fleet`);
    expect(new URL(page.url()).pathname).toBe("/login");
    await context.close();
  });

  it("a reader may view the board, which is read-only", async () => {
    const { page, context, errors } = await openPage(browser);
    await page.goto(`${precis.url}/admin/queues`);
    await login(page, made.reader);
    await page.goto(`${precis.url}/admin/queues/queue/summarize`);
    await page.waitForSelector("text=summarize");
    const status = await page.evaluate(async () => {
      const answer = await fetch("/admin/queues/api/queues/summarize/pause", { method: "PUT" });
      return answer.status;
    });
    expect(status).toBe(403);
    const { queues } = (await page.evaluate(async () => (await fetch("/admin/queues/api/queues")).json())) as {
      queues: { readOnlyMode: boolean }[];
    };
    expect(queues.map(({ readOnlyMode }) => readOnlyMode)).toEqual([true, true]);
    expect((await page.goto(`${precis.url}/admin/fleet`))?.status()).toBe(403);
    expect(errors).toEqual([]);
    await context.close();
  });

  it("without a key the playground asks for one and links to the login page", async () => {
    const { page, context } = await openPage(browser);
    await page.goto(precis.url);
    await page.fill("#text", "A text to summarize.");
    await page.click("#submit");
    await page.waitForSelector("[data-part=login]:not([hidden])");
    expect(await page.textContent("[data-part=facts]")).toContain("API key");
    await context.close();
  });
});
