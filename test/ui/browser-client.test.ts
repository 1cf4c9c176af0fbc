import { readFile } from "node:fs/promises";
import type { createClient } from "@precis/client";
import type { Precis } from "@precis/launcher";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { chromiumPath, openBrowser, openPage } from "../support/open-browser.js";
import { startPrecis } from "../support/start-precis.js";
import { startReceiver } from "../support/start-receiver.js";

const article = await readFile(new URL("../../models/samples/article.txt", import.meta.url), "utf8");
const built = new URL("../../packages/client/dist/", import.meta.url);

declare global {
  /** In the page: what packages/client exports. */
  var client: { createClient: typeof createClient };
  var location: { readonly origin: string };
}

/** Opens an empty page of an origin that also serves the client's modules as they were built, and imports them. */
async function openClientPage(page: Page, origin: string): Promise<void> {
  await page.route(`${origin}/client/**`, async (route) => {
    const { pathname } = new URL(route.request().url());
    const name = pathname.slice("/client/".length);
    if (name === "") return route.fulfill({ contentType: "text/html", body: "<!doctype html><title>client</title>" });
    return route.fulfill({ contentType: "text/javascript", body: await readFile(new URL(name, built), "utf8") });
  });
  await page.goto(`${origin}/client/`);
  await page.evaluate(`import("/client/index.js").then((client) => { globalThis.client = client; })`);
}

describe.skipIf(chromiumPath === undefined)("packages/client in a browser", () => {
  let browser: Browser;
  let precis: Precis;

  beforeAll(async () => {
    [browser, precis] = await Promise.all([openBrowser(), startPrecis()]);
  });
  afterAll(async () => {
    await browser?.close();
    await precis?.stop();
  });

  it("submits, waits, streams, sends batches and reports errors", async () => {
    const { page, context, errors } = await openPage(browser);
    await openClientPage(page, precis.url);

    const done = await page.evaluate(async (text) => {
      const api = client.createClient({ url: location.origin });
      const accepted = await api.submit({ text, max_length: 20 });
      return { accepted, job: await api.wait(accepted.id) };
    }, article);
    expect(done.accepted.id).toMatch(/^job_/);
    expect(done.job).toMatchObject({ id: done.accepted.id, status: "completed", summary: expect.stringMatching(/\w/) });

    const events = await page.evaluate(async (text) => {
      const api = client.createClient({ url: location.origin });
      const { id } = await api.submit(text);
      const seen = [];
      for await (const event of api.stream(id)) seen.push(event);
      return seen;
    }, article.repeat(3));
    expect(events.at(-1)).toMatchObject({ event: "completed", data: { summary: expect.stringMatching(/\w/) } });
    expect(new Set(events.map(({ event }) => event))).toContain("progress");

    const batch = await page.evaluate(
      async (text) => {
        const api = client.createClient({ url: location.origin });
        const accepted = await api.batch([{ text }, { text: "" }, { text, model: "t5" }]);
        await Promise.all(accepted.jobs.map(({ id }) => api.wait(id)));
        return { accepted, end: await api.readBatch(accepted.id) };
      },
      article.slice(0, 600),
    );
    expect(batch.accepted.errors).toMatchObject([{ index: 1, errors: [{ field: "text" }] }]);
    expect(batch.end).toMatchObject({ status: "completed", counts: { completed: 2, refused: 1 } });

    const refusal = await page.evaluate(() =>
      client
        .createClient({ url: location.origin })
        .submit({ text: "A text.", max_length: -1 })
        .catch((error) => ({ name: error.name, status: error.status, code: error.code })),
    );
    expect(refusal).toEqual({ name: "PrecisApiError", status: 422, code: "invalid_request" });
    expect(errors).toEqual([]);
    await context.close();
  });

  it("of a page of another origin is kept out by the browser, and nothing is accepted", async () => {
    const elsewhere = await startReceiver((_, response) => response.end());
    const { page, context } = await openPage(browser);
    await openClientPage(page, elsewhere.url);
    const refusal = await page.evaluate(
      (url) =>
        client
          .createClient({ url, retries: 0 })
          .submit({ text: "A text.", metadata: { from: "elsewhere" } })
          .catch((error) => error.name),
      precis.url,
    );
    expect(refusal).toBe("PrecisConnectionError");
    const { jobs } = (await (await fetch(`${precis.url}/api/v1/jobs?limit=200`)).json()) as {
      jobs: { metadata?: object }[];
    };
    expect(jobs.filter(({ metadata }) => metadata !== undefined)).toEqual([]);
    await context.close();
    await elsewhere.stop();
  });
});
