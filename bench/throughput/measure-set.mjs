import { availableParallelism } from "node:os";
import { loadModelSet } from "@precis/models";
import { writeVariant } from "../models/manifest.mjs";
import { modelSets } from "../models/paths.mjs";
import { loadTexts } from "../texts/load-texts.mjs";
import { startBareSide } from "./bare-side.mjs";
import { startCelerySide } from "./celery-side.mjs";
import { startCtranslate2Side } from "./ctranslate2-side.mjs";
import { measureInterleaved } from "./measure-interleaved.mjs";
import { measureQueueCost } from "./measure-queue-cost.mjs";
import { lengthsOf, prefixOf } from "./plan.mjs";
import { startPrecisSide } from "./precis-side.mjs";
import { startPythonSide } from "./python-side.mjs";

/** Largest batch in the rows with eight clients. */
const rows = 8;

/** Measures one model of one set on every side. Returns rows by key, and the queue's cost if the plan asks for it. */
export async function measureSet(plan, { model, python }) {
  const set = modelSets[plan.set];
  const lengths = lengthsOf(plan.set);
  const common = { setName: plan.set, threads: availableParallelism(), lengths: lengths.http, model };
  const texts = await loadTexts(Math.max(plan.many, plan.batching));
  await writeVariant(set.beams, set.manifest, { num_beams: 4 });
  const measured = {};

  await together(plan, measured, async (open) => {
    const ours = await open(startPrecisSide({ ...common, manifest: set.manifest, rows }));
    const bare = await open(
      startBareSide({ ...common, folder: set.onnx(model), prefix: prefixOf[model], lengths: lengths.bare }),
    );
    if (plan.queueJobs > 0) {
      measured.queueCpuMs = await measureQueueCost(ours, { texts, model, jobs: plan.queueJobs });
      console.error(`  queue: ${measured.queueCpuMs.toFixed(2)} CPU ms a job`);
    }
    const list = {
      precis1: ["Precis, 1 client", ours.withClients(1), plan.one],
      precis8: ["Precis, 8 clients", ours.withClients(8), plan.eight],
      precis64: [`Precis, ${plan.many} clients`, ours.withClients(plan.many), plan.many],
      bare1: ["transformers.js loop, batch of 1", bare.withRows(1), plan.one],
      bare8: ["transformers.js loop, batch of 8", bare.withRows(rows), plan.many],
    };
    if (!python) return list;
    const torch = await open(startPythonSide({ ...common, beams: 1 }));
    const celery = await open(startCelerySide({ ...common, beams: 1, clients: 8 }));
    const ct2 = await open(startCtranslate2Side({ ...common, beams: 1, rows }));
    return {
      ...list,
      torch1: ["FastAPI + torch, 1 client", torch.withClients(1), plan.one],
      torch8: ["FastAPI + torch, 8 clients", torch.withClients(8), plan.eight],
      celery: ["Celery + torch, 8 clients", celery, plan.eight],
      ct2: ["CTranslate2 int8, batch of 8", ct2, plan.eight],
    };
  });

  if (plan.beams === false) return measured;

  // A version that ignores the setting would time greedy decoding as beam search.
  const beams = (await loadModelSet(set.beams)).models[model].generation.num_beams === 4;
  if (!beams)
    console.error("  Precis has no beam search in this version: its rows and beam4_vs_greedy_time are left out");
  if (beams || python)
    await together(plan, measured, async (open) => {
      const list = {};
      if (beams) {
        const ours = await open(startPrecisSide({ ...common, manifest: set.beams, rows: rows * 4 }));
        list.precisBeams = ["Precis, 4 beams, 8 clients", ours.withClients(8), plan.eight];
      }
      if (!python) return list;
      const torch = await open(startPythonSide({ ...common, beams: 4 }));
      const ct2 = await open(startCtranslate2Side({ ...common, beams: 4, rows }));
      return {
        ...list,
        torchBeams: ["FastAPI + torch, 4 beams, 8 clients", torch.withClients(8), plan.eight],
        ct2Beams: ["CTranslate2 int8, 4 beams, batch of 8", ct2, plan.eight],
      };
    });

  if (plan.batching > 0) {
    await together(plan, measured, async (open) => {
      const batched = await open(startPrecisSide({ ...common, manifest: set.manifest, rows: plan.batching }));
      const single = await open(startPrecisSide({ ...common, manifest: set.manifest, rows: 1 }));
      return {
        waiting: [
          `Precis, ${plan.batching} waiting, up to ${plan.batching} together`,
          batched.withClients(plan.batching),
          plan.batching,
        ],
        unbatched: [`Precis, ${plan.batching} waiting, one by one`, single.withClients(plan.batching), plan.batching],
      };
    });
  }
  return measured;

  /** Opens sides, measures their rows in turn, and closes whatever was opened. */
  async function together({ repetitions }, into, prepare) {
    const opened = [];
    try {
      const list = await prepare(async (starting) => {
        const side = await starting;
        opened.push(side);
        return side;
      });
      const keys = Object.keys(list);
      const rowsToMeasure = keys.map((key) => {
        const [name, side, count] = list[key];
        return { name, side, texts: texts.slice(0, count) };
      });
      const results = await measureInterleaved(rowsToMeasure, repetitions);
      for (const [index, key] of keys.entries()) into[key] = results[index];
    } finally {
      for (const side of opened.reverse()) await side.stop();
    }
  }
}
