// Bare `queue.add` with the text in the job, as a program without Precis would do it. Arguments: Redis URL, text file,
// concurrent adds, milliseconds. Prints one line of JSON.
import { readFile } from "node:fs/promises";
import { connect } from "@precis/redis";
import { Queue } from "bullmq";

const [url, textFile, lanes, ms] = process.argv.slice(2);
const text = await readFile(textFile, "utf8");
const connection = await connect(url, "background");
const queue = new Queue("bare", { connection, prefix: "bench" });
await queue.waitUntilReady();
await queue.add("summarize", { text });
let count = 0;
const cpu = process.cpuUsage();
const begin = performance.now();
const end = begin + Number(ms);
await Promise.all(
  Array.from({ length: Number(lanes) }, async () => {
    while (performance.now() < end) {
      await queue.add("summarize", { text, model: "bart" });
      count += 1;
    }
  }),
);
const seconds = (performance.now() - begin) / 1_000;
const { user, system } = process.cpuUsage(cpu);
console.log(JSON.stringify({ perSecond: count / seconds, cpuMs: (user + system) / 1_000 / count }));
await queue.obliterate({ force: true });
await queue.close();
connection.disconnect();
