import type { GenerationSettings } from "@precis/models";
import { describe, expect, it, vi } from "vitest";
import type { BatchState } from "../kv-cache/batch-state.js";
import { neutralSettings } from "../search/settings.js";
import type { Network } from "../sessions/open-network.js";
import { createBatcher } from "./create-batcher.js";

const end = 1;
const start = 0;
const vocabulary = 40;
const settings: GenerationSettings = { ...neutralSettings, max_length: 30 };

interface Sequence {
  seed: number;
  path: number[];
}

/**
 * A network whose next token depends on the text and on every earlier token, so that a sequence with the cache or the token
 * of another one writes something else.
 */
function createFakeNetwork() {
  const seen = { maxSequences: 0, steps: 0, prefilled: 0, released: 0 };
  const scoresOf = ({ seed, path }: Sequence): Float32Array => {
    const hash = path.reduce((sum, token) => (sum * 31 + token + 7) % 9973, seed);
    const scores = new Float32Array(vocabulary);
    for (let token = 0; token < vocabulary; token += 1) scores[token] = ((hash * (token + 3)) % 97) / 10;
    if (path.length > 3 + (seed % 12)) scores[end] = 20;
    return scores;
  };
  const network: Network = {
    bytesPerToken: 1,
    sharesCross: true,
    prefill: async (batch, [seed = 0]) => {
      seen.prefilled += 1;
      if (seed === 13) throw new Error("the encoder failed");
      (batch as unknown as { add(sequences: Sequence[]): void }).add(
        Array.from({ length: batch.width }, () => ({ seed, path: [] })),
      );
    },
    createBatch: (width) => {
      let sequences: Sequence[] = [];
      const batch = {
        width,
        get texts() {
          return sequences.length / width;
        },
        reserve: () => {},
        expectSteps: () => {},
        release: () => {
          seen.released += 1;
        },
        add: (more: Sequence[]) => {
          sequences.push(...more);
        },
        step: (tokens: readonly number[]) => {
          sequences = sequences.map(({ seed, path }, index) => ({ seed, path: [...path, tokens[index] as number] }));
          return sequences.map(scoresOf);
        },
        reorder: (moves: readonly { to: number; from: number }[]) => {
          const before = [...sequences];
          for (const { to, from } of moves) sequences[to] = before[from] as Sequence;
        },
        removeText: (text: number) => {
          const last = sequences.splice(sequences.length - width);
          if (text * width < sequences.length) sequences.splice(text * width, width, ...last);
        },
      };
      return batch as unknown as BatchState;
    },
    notes: [],
    releaseBuffers: () => {},
    decodeStep: async (batch, tokens) => {
      seen.steps += 1;
      seen.maxSequences = Math.max(seen.maxSequences, tokens.length);
      await new Promise((resolve) => setImmediate(resolve));
      return (batch as unknown as { step(tokens: readonly number[]): Float32Array[] }).step(tokens);
    },
    release: async () => {},
  };
  return { network, seen };
}

function build(maxSequences = 8, maxBatchTokens = 1_000) {
  const { network, seen } = createFakeNetwork();
  return {
    seen,
    batcher: createBatcher(network, {
      maxSequences,
      maxBatchTokens,
      maxQueueDelayMs: 0,
      tokens: { start, end: [end] },
    }),
  };
}

const seeds = Array.from({ length: 60 }, (_, n) => 100 + n * 17);
const alone = async (numBeams: number) => {
  const { batcher } = build();
  const texts = [];
  for (const seed of seeds) texts.push(await batcher.generate([seed], { ...settings, num_beams: numBeams }));
  return texts;
};

describe("texts generated together", () => {
  it.each([1, 4])("are the same as alone, with %i beams", async (numBeams) => {
    const { batcher, seen } = build(16);
    const together = await Promise.all(
      seeds.map((seed) => batcher.generate([seed], { ...settings, num_beams: numBeams })),
    );
    expect(together).toEqual(await alone(numBeams));
    expect(new Set(together.map((ids) => ids.length)).size).toBeGreaterThan(3);
    expect(seen.maxSequences).toBeGreaterThan(numBeams === 1 ? 12 : 8);
  });

  it("are the same as alone while others are added and cancelled", async () => {
    const { batcher } = build();
    const expected = await alone(1);
    const results: (readonly number[] | "cancelled")[] = [];
    await Promise.all(
      seeds.map(async (seed, index) => {
        for (let turn = 0; turn < index; turn += 1) await new Promise((resolve) => setImmediate(resolve));
        const abort = new AbortController();
        const onToken = (ids: readonly number[]) => {
          if (index % 5 === 0 && ids.length === 3) abort.abort();
        };
        results[index] = await batcher
          .generate([seed], settings, { signal: abort.signal, onToken })
          .catch(() => "cancelled" as const);
      }),
    );
    for (const [index, result] of results.entries()) {
      expect(result).toEqual(index % 5 === 0 ? "cancelled" : expected[index]);
    }
  });

  it("never exceed the maximum number of sequences", async () => {
    const { batcher, seen } = build(3);
    await Promise.all(seeds.map((seed) => batcher.generate([seed], settings)));
    expect(seen.maxSequences).toBe(3);
  });

  it("do not fail with one of them", async () => {
    const { batcher } = build();
    const [bad, good] = await Promise.allSettled([
      batcher.generate([13], settings),
      batcher.generate([seeds[0] as number], settings),
    ]);
    expect(bad).toMatchObject({ status: "rejected", reason: { code: "generation_failed", retriable: true } });
    expect(good.status).toBe("fulfilled");
  });
});

describe("a cancelled text", () => {
  it("is rejected at once, even while it waits for room", async () => {
    const { batcher } = build(1);
    const first = batcher.generate([seeds[0] as number], settings);
    const abort = new AbortController();
    const waiting = batcher.generate([seeds[1] as number], settings, { signal: abort.signal });
    abort.abort();
    await expect(waiting).rejects.toMatchObject({ code: "cancelled" });
    expect((await first).length).toBeGreaterThan(1);
  });

  it("takes no further step", async () => {
    const { batcher, seen } = build();
    const abort = new AbortController();
    const onToken = (ids: readonly number[]) => {
      if (ids.length === 2) abort.abort();
    };
    await expect(batcher.generate([5_000], settings, { signal: abort.signal, onToken })).rejects.toMatchObject({
      code: "cancelled",
    });
    await batcher.close();
    expect(seen.steps).toBe(2);
  });
});

it("generates short texts while a long one is being generated", async () => {
  const { batcher } = build(4);
  const order: string[] = [];
  const long = batcher.generate([100 + 11], { ...settings, min_length: 29 }).then(() => order.push("long"));
  await new Promise((resolve) => setImmediate(resolve));
  const short = [120, 121, 122].map((seed) =>
    batcher.generate([seed], { ...settings, max_length: 4 }).then(() => order.push("short")),
  );
  await Promise.all([long, ...short]);
  expect(order).toEqual(["short", "short", "short", "long"]);
});

it("cancels current and future texts when it is closed", async () => {
  const { batcher } = build();
  const running = batcher.generate([5_000], settings);
  const refused = expect(running).rejects.toMatchObject({ code: "cancelled", retriable: true });
  await batcher.close();
  await refused;
  await expect(batcher.generate([5_000], settings)).rejects.toMatchObject({ code: "cancelled" });
});

it("generates a text that is submitted at the moment the last one is finished", async () => {
  const { batcher } = build();
  for (const seed of seeds.slice(0, 20)) await batcher.generate([seed], settings);
  const lanes = Array.from({ length: 3 }, async () => {
    for (const seed of seeds.slice(0, 20)) await batcher.generate([seed], { ...settings, max_length: 2 });
  });
  await Promise.all(lanes);
});

it("rejects every text when a batch cannot be created", async () => {
  const { network } = createFakeNetwork();
  const broken = {
    ...network,
    createBatch: () => {
      throw new RangeError("Array buffer allocation failed");
    },
  };
  const batcher = createBatcher(broken, {
    maxSequences: 2,
    maxBatchTokens: 9,
    maxQueueDelayMs: 0,
    tokens: { start, end: [end] },
  });
  const failures = await Promise.allSettled(seeds.map((seed) => batcher.generate([seed], settings)));
  for (const failure of failures) expect(failure).toMatchObject({ reason: { code: "generation_failed" } });
});

it("adds texts that are submitted during the prefill to the batch", async () => {
  const { network, seen } = createFakeNetwork();
  let second: Promise<readonly number[]> | undefined;
  const slow: Network = {
    ...network,
    prefill: (batch, ids) => {
      second ??= batcher.generate([120], settings);
      return network.prefill(batch, ids);
    },
  };
  const batcher = createBatcher(slow, {
    maxSequences: 4,
    maxBatchTokens: 200,
    maxQueueDelayMs: 5,
    tokens: { start, end: [end] },
  });
  await batcher.generate([119], settings);
  await second;
  expect(seen.maxSequences).toBe(2);
});

it("adds texts whose messages were delayed by the encoder", async () => {
  const { network, seen } = createFakeNetwork();
  let second: Promise<readonly number[]> | undefined;
  const blocking: Network = {
    ...network,
    prefill: async (batch, ids) => {
      await network.prefill(batch, ids);
      // Read in the next turn of the event loop, which a run of onnxruntime blocks.
      if (second === undefined) {
        setImmediate(() => {
          second ??= batcher.generate([120], settings);
        });
      }
    },
  };
  const batcher = createBatcher(blocking, {
    maxSequences: 4,
    maxBatchTokens: 200,
    maxQueueDelayMs: 0,
    tokens: { start, end: [end] },
  });
  await batcher.generate([119], settings);
  await second;
  expect(seen.maxSequences).toBe(2);
});

it("waits for a third text after two, and not for one that there is no room for", async () => {
  const { network, seen } = createFakeNetwork();
  // So long that the test times out if the whole delay passes.
  const maxQueueDelayMs = 100_000;
  const batcher = createBatcher(network, {
    maxSequences: 3,
    maxBatchTokens: 300,
    maxQueueDelayMs,
    tokens: { start, end: [end] },
  });
  const two = [119, 120].map((seed) => batcher.generate([seed], settings));
  await vi.waitUntil(() => seen.prefilled === 2, { timeout: 30_000 });
  expect(seen.steps).toBe(0);
  await Promise.all([...two, batcher.generate([121], settings)]);
  expect(seen.maxSequences).toBe(3);
});
