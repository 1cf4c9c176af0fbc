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

interface Row {
  seed: number;
  path: number[];
}

/**
 * A network whose next token depends on the text and on every token before it, so that a row that lost its cache, took
 * a neighbour's, or was fed another row's token writes something else.
 */
function createFakeNetwork() {
  const seen = { mostRows: 0, steps: 0, encoded: 0, released: 0 };
  const scoresOf = ({ seed, path }: Row): Float32Array => {
    const hash = path.reduce((sum, token) => (sum * 31 + token + 7) % 9973, seed);
    const scores = new Float32Array(vocabulary);
    for (let token = 0; token < vocabulary; token += 1) scores[token] = ((hash * (token + 3)) % 97) / 10;
    if (path.length > 3 + (seed % 12)) scores[end] = 20;
    return scores;
  };
  const network: Network = {
    bytesPerToken: 1,
    sharesCross: true,
    encode: async (batch, [seed = 0]) => {
      seen.encoded += 1;
      if (seed === 13) throw new Error("the encoder broke");
      (batch as unknown as { add(rows: Row[]): void }).add(
        Array.from({ length: batch.width }, () => ({ seed, path: [] })),
      );
    },
    batch: (width) => {
      let rows: Row[] = [];
      const batch = {
        width,
        get texts() {
          return rows.length / width;
        },
        reserve: () => {},
        expect: () => {},
        release: () => {
          seen.released += 1;
        },
        add: (more: Row[]) => {
          rows.push(...more);
        },
        step: (tokens: readonly number[]) => {
          rows = rows.map(({ seed, path }, index) => ({ seed, path: [...path, tokens[index] as number] }));
          return rows.map(scoresOf);
        },
        reorder: (moves: readonly { to: number; from: number }[]) => {
          const before = [...rows];
          for (const { to, from } of moves) rows[to] = before[from] as Row;
        },
        remove: (text: number) => {
          const last = rows.splice(rows.length - width);
          if (text * width < rows.length) rows.splice(text * width, width, ...last);
        },
      };
      return batch as unknown as BatchState;
    },
    rest: () => {},
    step: async (batch, tokens) => {
      seen.steps += 1;
      seen.mostRows = Math.max(seen.mostRows, tokens.length);
      await new Promise((resolve) => setImmediate(resolve));
      return (batch as unknown as { step(tokens: readonly number[]): Float32Array[] }).step(tokens);
    },
    release: async () => {},
  };
  return { network, seen };
}

function build(maxRows = 8, maxTokens = 1_000) {
  const { network, seen } = createFakeNetwork();
  return { seen, batcher: createBatcher(network, { maxRows, maxTokens, gatherMs: 0, tokens: { start, end: [end] } }) };
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
    expect(seen.mostRows).toBeGreaterThan(numBeams === 1 ? 12 : 8);
  });

  it("are the same as alone while others come and are cancelled in between", async () => {
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

  it("never take more rows or tokens than they may", async () => {
    const { batcher, seen } = build(3);
    await Promise.all(seeds.map((seed) => batcher.generate([seed], settings)));
    expect(seen.mostRows).toBe(3);
  });

  it("do not share a fault: only the text that has it fails", async () => {
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
  it("is answered at once, also while it waits for room", async () => {
    const { batcher } = build(1);
    const first = batcher.generate([seeds[0] as number], settings);
    const abort = new AbortController();
    const waiting = batcher.generate([seeds[1] as number], settings, { signal: abort.signal });
    abort.abort();
    await expect(waiting).rejects.toMatchObject({ code: "cancelled" });
    expect((await first).length).toBeGreaterThan(1);
  });

  it("costs no further step", async () => {
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

it("lets short texts in while a long one is being generated", async () => {
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

it("refuses and cancels everything once it is closed", async () => {
  const { batcher } = build();
  const running = batcher.generate([5_000], settings);
  const refused = expect(running).rejects.toMatchObject({ code: "cancelled", retriable: true });
  await batcher.close();
  await refused;
  await expect(batcher.generate([5_000], settings)).rejects.toMatchObject({ code: "cancelled" });
});

it("takes a text that comes the moment the one before has ended", async () => {
  const { batcher } = build();
  for (const seed of seeds.slice(0, 20)) await batcher.generate([seed], settings);
  const lanes = Array.from({ length: 3 }, async () => {
    for (const seed of seeds.slice(0, 20)) await batcher.generate([seed], { ...settings, max_length: 2 });
  });
  await Promise.all(lanes);
});

it("fails every text, and hangs none, when the batch itself cannot be made", async () => {
  const { network } = createFakeNetwork();
  const broken = {
    ...network,
    batch: () => {
      throw new RangeError("Array buffer allocation failed");
    },
  };
  const batcher = createBatcher(broken, { maxRows: 2, maxTokens: 9, gatherMs: 0, tokens: { start, end: [end] } });
  const failures = await Promise.allSettled(seeds.map((seed) => batcher.generate([seed], settings)));
  for (const failure of failures) expect(failure).toMatchObject({ reason: { code: "generation_failed" } });
});

it("takes in texts that come while the first are being encoded, so that they are generated together", async () => {
  const { network, seen } = createFakeNetwork();
  let second: Promise<readonly number[]> | undefined;
  const slow: Network = {
    ...network,
    encode: (batch, ids) => {
      second ??= batcher.generate([120], settings);
      return network.encode(batch, ids);
    },
  };
  const batcher = createBatcher(slow, { maxRows: 4, maxTokens: 200, gatherMs: 5, tokens: { start, end: [end] } });
  await batcher.generate([119], settings);
  await second;
  expect(seen.mostRows).toBe(2);
});

it("takes in texts whose messages the encoder has kept waiting", async () => {
  const { network, seen } = createFakeNetwork();
  let second: Promise<readonly number[]> | undefined;
  const blocking: Network = {
    ...network,
    encode: async (batch, ids) => {
      await network.encode(batch, ids);
      // Read in the next turn of the event loop, which a run of onnxruntime holds.
      if (second === undefined) {
        setImmediate(() => {
          second ??= batcher.generate([120], settings);
        });
      }
    },
  };
  const batcher = createBatcher(blocking, { maxRows: 4, maxTokens: 200, gatherMs: 0, tokens: { start, end: [end] } });
  await batcher.generate([119], settings);
  await second;
  expect(seen.mostRows).toBe(2);
});

it("waits for a third where two have come, and not for one that there is no room for", async () => {
  const { network, seen } = createFakeNetwork();
  // So long that the test would run out of time if it were waited through.
  const gatherMs = 100_000;
  const batcher = createBatcher(network, { maxRows: 3, maxTokens: 300, gatherMs, tokens: { start, end: [end] } });
  const two = [119, 120].map((seed) => batcher.generate([seed], settings));
  await vi.waitUntil(() => seen.encoded === 2, { timeout: 30_000 });
  expect(seen.steps).toBe(0);
  await Promise.all([...two, batcher.generate([121], settings)]);
  expect(seen.mostRows).toBe(3);
});
