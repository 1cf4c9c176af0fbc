import { readModel } from "@precis/onnx";
import fs from "fs";
import { Tensor } from "onnxruntime-node";
import path from "path";
import { openSession } from "./packages/inference/dist/runtime/open-session.js";

const [f, T, n] = [process.argv[2], +process.argv[3], +process.argv[4]];
const m = readModel(f);
const ss = {};
for (const a of [true, false]) ss[a] = await openSession(m, path.dirname(f), { device: "cpu", threads: 2 }, a);
const run = async (s) => {
  await s.run({
    input_ids: new Tensor("int64", new BigInt64Array(T).fill(5n), [1, T]),
    attention_mask: new Tensor("int64", new BigInt64Array(T).fill(1n), [1, T]),
  });
};
for (const a of [true, false]) await run(ss[a]);
const c = { true: [], false: [] },
  w = { true: [], false: [] };
for (let i = 0; i < n; i++)
  for (const a of [true, false]) {
    const c0 = process.cpuUsage(),
      t = performance.now();
    await run(ss[a]);
    const d = process.cpuUsage(c0);
    c[a].push((d.user + d.system) / 1e3);
    w[a].push(performance.now() - t);
  }
const med = (x) => x.sort((a, b) => a - b)[x.length >> 1].toFixed(1);
console.log(
  path.basename(path.dirname(path.dirname(f))),
  T,
  "arena cpu",
  med(c[true]),
  "wall",
  med(w[true]),
  "| none cpu",
  med(c[false]),
  "wall",
  med(w[false]),
);
