// Sends one request over and over, from a process of its own. Arguments: port, method, path, body file or "-",
// connections, milliseconds, requests per second or 0 for no limit. Prints one line of JSON.
import { readFile } from "node:fs/promises";
import { openConnection, requestBytes } from "./http-connection.mjs";

const [port, method, path, bodyFile, connections, ms, rate] = process.argv.slice(2);
const body = bodyFile === "-" ? undefined : JSON.parse(await readFile(bodyFile, "utf8"));
const request = requestBytes(method, path, body);
const pool = Array.from({ length: Number(connections) }, () => openConnection(Number(port)));
const latencies = [];
const statuses = {};

async function once(connection, due) {
  const { status } = await connection.send(request);
  latencies.push(performance.now() - due);
  statuses[status] = (statuses[status] ?? 0) + 1;
}

const begin = performance.now();
const end = begin + Number(ms);
if (Number(rate) === 0) {
  await Promise.all(
    pool.map(async (connection) => {
      while (performance.now() < end) await once(connection, performance.now());
    }),
  );
} else {
  // Each request has its due time; if every connection is busy it waits, and the wait counts as latency.
  let next = 0;
  const lane = async (connection) => {
    while (true) {
      const due = begin + (next * 1_000) / Number(rate);
      next += 1;
      if (due > end) return;
      const wait = due - performance.now();
      if (wait > 1) await new Promise((resolve) => setTimeout(resolve, wait));
      await once(connection, due);
    }
  };
  await Promise.all(pool.map(lane));
}
const seconds = (performance.now() - begin) / 1_000;
for (const connection of pool) connection.close();
latencies.sort((one, other) => one - other);
const at = (share) => latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))];
console.log(JSON.stringify({ perSecond: latencies.length / seconds, p50: at(0.5), p99: at(0.99), statuses }));
