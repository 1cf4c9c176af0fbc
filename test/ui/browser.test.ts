import { readFile } from "node:fs/promises";
import { publishTelemetry } from "@precis/control";
import type { Precis } from "@precis/launcher";
import { connect, redisKeys } from "@precis/redis";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { submit } from "../support/call-api.js";
import {
  chromiumPath,
  findAccessibilityViolations,
  openBrowser,
  openPage,
  screenshot,
} from "../support/open-browser.js";
import { pretendWorker } from "../support/pretend-worker.js";
import { startPathProxy } from "../support/start-path-proxy.js";
import { startPrecis } from "../support/start-precis.js";
import { waitForState } from "../support/wait-for-state.js";

const sample = new URL("../../models/samples/article.txt", import.meta.url);

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

  /** Records every text that the first summary on the page shows. */
  const watchSummary = (page: Page) =>
    page.evaluate(`{
      globalThis.seen = [];
      const record = () => {
        const text = document.querySelector("[data-part=text]")?.textContent ?? "";
        if (text !== "" && text !== seen.at(-1)) seen.push(text);
      };
      const all = { childList: true, subtree: true, characterData: true };
      new MutationObserver(record).observe(document.querySelector("#results"), all);
    }`);

  it("a text is submitted and its summary appears while the model writes it", async () => {
    const { page, context, errors } = await openPage(browser);
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
    expect(await findAccessibilityViolations(page)).toEqual([]);
    await screenshot(page, "job");
    expect(errors).toEqual([]);
    await context.close();
  });

  it("both models are compared side by side, and the code to copy has the same options", async () => {
    const { page, context, errors } = await openPage(browser);
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
    expect(await findAccessibilityViolations(page)).toEqual([]);
    await screenshot(page, "playground");
    expect(errors).toEqual([]);
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
    expect(await findAccessibilityViolations(page)).toEqual([]);
    await context.close();
  });

  it("an API that is not reachable is named as the reason", async () => {
    const { page, context } = await openPage(browser);
    await page.goto(precis.url);
    await page.route("**/api/v1/summarize", (route) => route.abort());
    await page.fill("#text", "a text");
    await page.click("#submit");
    await page.waitForSelector(".summary[data-state=failed]");
    expect(await page.textContent("[data-part=facts]")).toBe(
      "The API is not reachable. Check that it is running, then try again.",
    );
    await context.close();
  });

  it("below a path that a proxy strips, summaries, the job page and commands work", async () => {
    const proxy = await startPathProxy(precis.url, "/tools/precis");
    const { page, context, errors } = await openPage(browser);
    try {
      await page.goto(`${proxy.url}/`);
      await page.fill("#text", await readFile(sample, "utf8"));
      await page.check("input[name=model][value=t5]", { force: true });
      await page.click("#submit");
      await page.waitForSelector(".summary[data-state=completed]");
      await page.click("[data-part=job]");
      await page.waitForURL(/\/tools\/precis\/jobs\/job_/);
      await page.click("#show");
      await page.waitForSelector("#summary:not([hidden])");
      await page.click("nav >> text=Fleet");
      await page.waitForSelector(".live[data-live=live]");
      await page.click("[data-action=resume]");
      await page.waitForSelector(".command .chip[data-state=ok]");
      expect(errors).toEqual([]);
    } finally {
      await context.close();
      proxy.stop();
    }
  });

  it("a model is unloaded from the fleet page, with the keyboard, and the memory line falls", async () => {
    const { page, context, errors } = await openPage(browser);
    await page.goto(`${precis.url}/admin/fleet`);
    await page.click("[data-action=load][data-models=t5]");
    await page.waitForSelector(".worker [data-model=t5] [data-state=ready]");
    const resident = async () => megabytesIn(await page.textContent("[data-figure=memory]"))[0] ?? Number.NaN;
    const before = await waitForState(resident, (now) => now > 150);
    const button = page.locator(".worker").getByRole("button", { name: /^Unload T5 on / });
    await button.focus();
    await page.keyboard.press("Enter");
    await page.waitForSelector(".command .chip[data-state=ok]:has-text('freed')");
    expect(await page.textContent(".command")).toMatch(
      /^Unload T5 on .* Done on 1 worker, \d+ MB freed.*: T5 done \(\d+ MB → 0\)/,
    );
    await page.waitForSelector(".worker [data-model=t5] [data-state=absent]");
    const after = await waitForState(resident, (now) => now < before - 50);
    const label = (await page.getAttribute("#memory-chart", "aria-label")) ?? "";
    const [now, max] = megabytesIn(label);
    expect(now).toBeLessThanOrEqual(after + 20);
    expect(max).toBeGreaterThanOrEqual(before - 20);
    const line = async () => Number(await page.getAttribute("#memory-chart", "data-last")) / 1e6;
    await waitForState(line, (last) => last < before - 50);
    expect(await page.$$eval("#memory-chart canvas", (canvases) => canvases.length)).toBe(1);
    await screenshot(page, "fleet");
    expect(errors).toEqual([]);
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
    expect(await page.textContent("[data-workers] [data-part=states]")).toBe("1 paused");
    expect(await findAccessibilityViolations(page)).toEqual([]);
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
  ])("%s %o has no accessibility violation and fits its screen", async (path, options) => {
    const { page, context, errors } = await openPage(browser, options);
    await page.goto(precis.url + path);
    await page.waitForSelector(path === "/" ? "#code:not(:empty)" : ".worker");
    expect(await findAccessibilityViolations(page)).toEqual([]);
    expect(await page.evaluate("document.compatMode"), "has a doctype").toBe("CSS1Compat");
    expect(await page.evaluate("document.documentElement.scrollWidth - innerWidth")).toBeLessThanOrEqual(0);
    expect(errors).toEqual([]);
    await context.close();
  });

  it("the board works under a content security policy", async () => {
    const { page, context, errors } = await openPage(browser);
    await page.goto(`${precis.url}/admin/queues/queue/summarize`);
    await page.waitForSelector("text=Job page");
    await screenshot(page, "board");
    const [opened] = await Promise.all([context.waitForEvent("page"), page.click("text=Job page >> nth=0")]);
    await opened.waitForURL(/\/jobs\/job_/);
    expect(errors).toEqual([]);
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
    const { page, context, errors } = await openPage(browser);
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
      expect(errors).toEqual([]);
    } finally {
      clearInterval(beat);
      await context.close();
      redis.disconnect();
    }
  });
});
