import { readFile } from "node:fs/promises";
import { publishTelemetry } from "@precis/control";
import type { Precis } from "@precis/launcher";
import { connect, redisKeys } from "@precis/redis";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { submit } from "./support/call-api.js";
import { chromiumPath, findAccessibilityFaults, openBrowser, openPage, screenshot } from "./support/open-browser.js";
import { pretendWorker } from "./support/pretend-worker.js";
import { runPrecis } from "./support/run-precis.js";
import { startPrecis } from "./support/start-precis.js";
import { waitForState } from "./support/wait-for-state.js";

const sample = new URL("../models/samples/article.txt", import.meta.url);

/** Every size in a text, in megabytes. */
const megabytesIn = (text: string | null) =>
  [...(text ?? "").matchAll(/([\d.]+) ([MG])B/g)].map(
    ([, number, unit]) => Number(number) * (unit === "G" ? 1_000 : 1),
  );

describe.skipIf(chromiumPath === undefined)("in a browser", () => {
  let browser: Browser;
  let precis: Precis;

  beforeAll(async () => {
    [browser, precis] = await Promise.all([openBrowser(), startPrecis()]);
  });
  afterAll(async () => {
    await browser?.close();
    await precis?.stop();
  });

  /** Keeps every text the first summary of the page ever showed. */
  const watchSummary = (page: Page) =>
    page.evaluate(`{
      globalThis.seen = [];
      const look = () => {
        const text = document.querySelector("[data-part=text]")?.textContent ?? "";
        if (text !== "" && text !== seen.at(-1)) seen.push(text);
      };
      const all = { childList: true, subtree: true, characterData: true };
      new MutationObserver(look).observe(document.querySelector("#results"), all);
    }`);

  it("a text is submitted and its summary appears while the model writes it", async () => {
    const { page, context, faults } = await openPage(browser);
    await page.goto(precis.url);
    expect(await page.isDisabled("#submit")).toBe(true);
    // Several chunks, so that there is something to watch.
    await page.fill("#text", (await readFile(sample, "utf8")).repeat(3));
    await watchSummary(page);
    await page.keyboard.press("Control+Enter");
    await page.waitForSelector(".summary[data-state=completed]");
    const seen = (await page.evaluate("seen")) as string[];
    expect(seen.length).toBeGreaterThan(2);
    expect(seen.at(-1)?.length).toBeGreaterThan(40);
    expect(await page.textContent("[data-part=facts]")).toMatch(/→ \d+ tokens · in \d+ parts/);
    await page.click("[data-part=job]");
    await page.waitForURL(/\/jobs\/job_/);
    expect(await page.textContent("body")).not.toContain(seen.at(-1));
    await page.click("#show");
    await page.waitForSelector("#summary:not([hidden])");
    expect(await page.textContent("#summary")).toBe(seen.at(-1));
    expect(await findAccessibilityFaults(page)).toEqual([]);
    await screenshot(page, "job");
    expect(faults).toEqual([]);
    await context.close();
  });

  it("both models are compared side by side, and the code to copy says the same", async () => {
    const { page, context, faults } = await openPage(browser);
    await page.goto(precis.url);
    await page.click("#sample");
    await page.waitForSelector("#count:not(:empty)");
    await page.check("input[name=model][value=both]", { force: true });
    await page.check("input[name=length][value='50']", { force: true });
    await page.click("#submit");
    await page.waitForSelector(".summary[data-state=completed] >> nth=1");
    const boxes = await Promise.all((await page.$$(".summary")).map((card) => card.boundingBox()));
    expect(boxes[0]?.y).toBe(boxes[1]?.y);
    expect(await page.textContent("#code")).toContain('"max_length":50');
    await page.click("[data-language=typescript]");
    expect(await page.textContent("#code")).toContain("max_length: 50");
    await screenshot(page, "playground");
    expect(faults).toEqual([]);
    await context.close();
  });

  it("where a proxy lets no events through, the summary still arrives", async () => {
    const { page, context } = await openPage(browser);
    await page.route("**/events", (route) => route.abort());
    await page.goto(precis.url);
    await page.fill("#text", await readFile(sample, "utf8"));
    await page.click("#submit");
    await page.waitForSelector(".summary[data-state=completed]");
    expect((await page.textContent("[data-part=text]"))?.length).toBeGreaterThan(40);
    await context.close();
  });

  it("a rejected request shows the field", async () => {
    const { page, context } = await openPage(browser);
    await page.route("**/api/v1/summarize", (route) =>
      route.continue({ postData: JSON.stringify({ text: "a", max_length: 0 }) }),
    );
    await page.goto(precis.url);
    await page.fill("#text", "a text");
    await page.click("#submit");
    await page.waitForSelector(".summary[data-state=failed]");
    expect(await page.textContent("[data-part=facts]")).toContain("max_length");
    await context.close();
  });

  it("a model is unloaded from the fleet page, with the keyboard, and the memory line falls", async () => {
    const { page, context, faults } = await openPage(browser);
    await page.goto(`${precis.url}/admin/fleet`);
    await page.click("[data-action=load][data-models=t5]");
    await page.waitForSelector(".worker [data-model=t5] [data-state=ready]");
    const held = async () => megabytesIn(await page.textContent("[data-figure=memory]"))[0] ?? Number.NaN;
    const before = await waitForState(held, (now) => now > 150);
    const button = page.locator(".worker").getByRole("button", { name: /^Unload T5 on / });
    await button.focus();
    await page.keyboard.press("Enter");
    await page.waitForSelector(".command .chip[data-state=ok]:has-text('freed')");
    expect(await page.textContent(".command")).toMatch(
      /^Unload T5 on .* Done on 1 worker, \d+ MB freed.*: T5 done \(\d+ MB → 0\)/,
    );
    await page.waitForSelector(".worker [data-model=t5] [data-state=absent]");
    const after = await waitForState(held, (now) => now < before - 50);
    const label = (await page.getAttribute("#memory-chart", "aria-label")) ?? "";
    const [now, most] = megabytesIn(label);
    expect(now).toBeLessThanOrEqual(after + 20);
    expect(most).toBeGreaterThanOrEqual(before - 20);
    const line = async () => Number(await page.getAttribute("#memory-chart", "data-last")) / 1e6;
    await waitForState(line, (last) => last < before - 50);
    expect(await page.$$eval("#memory-chart canvas", (canvases) => canvases.length)).toBe(1);
    await screenshot(page, "fleet");
    expect(faults).toEqual([]);
    await context.close();
  });

  it("a drained worker claims no jobs until it is resumed", async () => {
    const { page, context } = await openPage(browser);
    await page.goto(`${precis.url}/admin/fleet`);
    await page.click("[data-part=drain]");
    await page.waitForSelector(".worker .chip[data-state=paused]");
    await page.waitForSelector(".command .chip[data-state=ok]");
    expect((await submit(precis, { text: await readFile(sample, "utf8"), model: "t5" })).status).toBe(202);
    await page.locator("[data-figure=waiting]", { hasText: /^1$/ }).waitFor();
    await page.locator(".worker [data-part=pause]", { hasText: "Resume" }).click();
    await page.waitForSelector(".worker .chip[data-state=running]");
    await page.locator("[data-figure=waiting]", { hasText: /^0$/ }).waitFor();
    await context.close();
  });

  it.each([
    ["/", {}],
    ["/", { phone: true, dark: true }],
    ["/admin/fleet", {}],
    ["/admin/fleet", { phone: true, dark: true }],
  ])("%s %o has no serious accessibility fault and fits its screen", async (path, options) => {
    const { page, context, faults } = await openPage(browser, options);
    await page.goto(precis.url + path);
    await page.waitForSelector(path === "/" ? "#code:not(:empty)" : ".worker");
    expect(await findAccessibilityFaults(page)).toEqual([]);
    expect(await page.evaluate("document.compatMode"), "has a doctype").toBe("CSS1Compat");
    expect(await page.evaluate("document.documentElement.scrollWidth - innerWidth")).toBeLessThanOrEqual(0);
    expect(faults).toEqual([]);
    await context.close();
  });

  it("the board works under a content security policy", async () => {
    const { page, context, faults } = await openPage(browser);
    await page.goto(`${precis.url}/admin/queues/queue/summarize`);
    await page.waitForSelector("text=Job page");
    await screenshot(page, "board");
    const [opened] = await Promise.all([context.waitForEvent("page"), page.click("text=Job page >> nth=0")]);
    await opened.waitForURL(/\/jobs\/job_/);
    expect(faults).toEqual([]);
    await context.close();
  });

  it("a hundred workers are shown, and found by name", async () => {
    const redis = await connect(precis.redis.url, "background");
    const publish = () => {
      for (let index = 0; index < 100; index += 1) {
        void publishTelemetry(redis, redisKeys("precis"), pretendWorker(index, Date.now()));
      }
    };
    publish();
    const beat = setInterval(publish, 2_000);
    const { page, context, faults } = await openPage(browser);
    try {
      await page.goto(`${precis.url}/admin/fleet`);
      await page.waitForSelector(".worker >> nth=99", { state: "attached" });
      await page.fill("#filter", "rack3-");
      expect(await page.locator(".worker:visible").count()).toBe(10);
      await page.fill("#filter", "");
      await page.locator("[data-worker='rack9-099']").scrollIntoViewIfNeeded();
      expect(await page.textContent("[data-worker='rack9-099'] [data-part=memory]")).toMatch(
        /^\d+ MB resident · .* of 1.00 GB \(MEMORY_LIMIT\)/,
      );
      expect(faults).toEqual([]);
    } finally {
      clearInterval(beat);
      await context.close();
      redis.disconnect();
    }
  });
});

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
    const { page, context, faults } = await openPage(browser, options);
    await page.goto(`${precis.url}/login`);
    // With the keyboard alone: the field has the focus, Enter sends it, and the fault is told.
    await page.keyboard.type("precis_nonsense");
    await page.keyboard.press("Enter");
    await page.waitForSelector("#key[aria-invalid=true]");
    expect(await page.textContent("[role=alert]")).toContain("Invalid API key");
    expect(await page.evaluate("getComputedStyle(document.body).backgroundColor")).toBe(
      "dark" in options ? "rgb(23, 22, 19)" : "rgb(250, 249, 246)",
    );
    expect(await page.getAttribute("nav [aria-current=page]", "href")).toBe("./login");
    expect(await findAccessibilityFaults(page)).toEqual([]);
    expect(await page.evaluate("document.documentElement.scrollWidth - innerWidth")).toBeLessThanOrEqual(0);
    expect(faults).toEqual([]);
    await context.close();
  });

  it("an operator logs in, sees the fleet, logs out and is refused", async () => {
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

  it("a reader may look at the board, and finds nothing there to press", async () => {
    const { page, context, faults } = await openPage(browser);
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
    expect(faults).toEqual([]);
    await context.close();
  });

  it("without a key the playground says what is missing and where to go", async () => {
    const { page, context } = await openPage(browser);
    await page.goto(precis.url);
    await page.fill("#text", "A text to summarize.");
    await page.click("#submit");
    await page.waitForSelector("[data-part=login]:not([hidden])");
    expect(await page.textContent("[data-part=facts]")).toContain("API key");
    await context.close();
  });
});
