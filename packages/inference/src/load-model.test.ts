import { readFile } from "node:fs/promises";
import { loadModelSet, resolveModel } from "@precis/models";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type LoadedModel, loadModel } from "./load-model.js";

const article = await readFile(new URL("../../../models/samples/article.txt", import.meta.url), "utf8");
const set = await loadModelSet("mini");

describe.each(["bart", "t5"] as const)("%s with its weights", (name) => {
  let model: LoadedModel;
  beforeAll(async () => {
    model = await loadModel(resolveModel(set, name), { device: "cpu", threads: 1, maxSequences: 8, batchBytes: 1e8 });
  });
  afterAll(() => model.dispose());

  it("is recognized by every graph pass", () => {
    expect(model.notes).toEqual([]);
  });

  it("keeps to the requested lengths", async () => {
    const long = await model.summarize({ text: article, minLength: 120, maxLength: 160 });
    expect(long.output_tokens).toBeGreaterThanOrEqual(120);
    expect(long.output_tokens).toBeLessThanOrEqual(160);
    const short = await model.summarize({ text: article, maxLength: 12 });
    expect(short.output_tokens).toBeLessThanOrEqual(12);
  });

  it("does not let a short text wait for a long one", async () => {
    const order: string[] = [];
    const long = model.summarize({ text: Array(4).fill(article).join("\n\n") }).then(() => order.push("long"));
    const [first] = article.split(". ");
    const short = model.summarize({ text: `${first}.`, maxLength: 12, minLength: 1 }).then(() => order.push("short"));
    await Promise.all([long, short]);
    expect(order).toEqual(["short", "long"]);
  });

  it("stops within one token when it is cancelled", async () => {
    const abort = new AbortController();
    let tokens = 0;
    const onPartial = () => {
      tokens += 1;
      if (tokens === 3) abort.abort();
    };
    const running = model.summarize({ text: article.slice(0, 600) }, { signal: abort.signal, onPartial });
    await expect(running).rejects.toMatchObject({ code: "cancelled" });
    expect(tokens).toBe(3);
  });

  it("writes the same summary each time with beams", async () => {
    const input = { text: article.slice(0, 900), numBeams: 4 };
    const [first, second] = await Promise.all([model.summarize(input), model.summarize(input)]);
    expect(first).toEqual(second);
    expect(first.summary.length).toBeGreaterThan(20);
  });
});
