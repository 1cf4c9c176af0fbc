import type { JobRecord } from "@precis/queue";
import { expect, it } from "vitest";
import { coalesceReads } from "./coalesce-reads.js";

it("simultaneous reads of a job share one read, which begins after the last call", async () => {
  let reads = 0;
  const job: JobRecord = {
    id: "job_1",
    status: "queued",
    data: { version: 1, model: "t5", resultTtlSeconds: 1, textBytes: 1 },
    createdAt: 0,
    attempts: 0,
  };
  const readCoalesced = coalesceReads(async (id) => {
    reads += 1;
    return id === "job_1" ? { ...job, attempts: reads } : undefined;
  });
  const results = await Promise.all([readCoalesced("job_1"), readCoalesced("job_1"), readCoalesced("job_2")]);
  expect(results.map((result) => result?.attempts)).toEqual([1, 1, undefined]);
  expect(reads).toBe(2);
  expect((await readCoalesced("job_1"))?.attempts).toBe(3);
});
