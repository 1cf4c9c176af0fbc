// The queue's side of a worker: the consumer of Precis, with a handler that reads the text and returns a result at once in
// place of a model. Arguments: Redis URL, prefix, concurrency. When its parent sends `{ claim }`, it claims that many jobs, or a
// few more that were already claimed, and sends their number.
import { consumeJobs } from "@precis/queue";
import { connect, redisKeys } from "@precis/redis";

const [url, prefix, concurrency] = process.argv.slice(2);
const redis = await connect(url, "background");
const result = { summary: "It ended.", input_tokens: 30, output_tokens: 3, truncated: false, chunks: 1 };

process.on("message", async ({ claim }) => {
  let done = 0;
  let enough;
  const reached = new Promise((resolve) => {
    enough = resolve;
  });
  const consumer = consumeJobs({
    keys: redisKeys(prefix),
    redis,
    workerId: "bench",
    concurrency: Number(concurrency),
    lockMs: 30_000,
    maxStalledCount: 3,
    textTtlMs: 3_600_000,
    handle: async (job) => {
      await job.readText();
      job.reportProgress({ chunks_done: 0, chunks_total: 1, tokens: 0 });
      job.reportProgress({ chunks_done: 1, chunks_total: 1, tokens: 3 });
      done += 1;
      if (done === claim) {
        consumer.pause();
        enough();
      }
      return { ...result, model: job.data.model };
    },
    onError: (error) => console.error(error),
  });
  await reached;
  await consumer.close();
  process.send({ done });
});
process.on("disconnect", () => process.exit(0));
process.send({ ready: true });
