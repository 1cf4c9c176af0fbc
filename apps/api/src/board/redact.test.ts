import { expect, it } from "vitest";
import { redact } from "./redact.js";

it("private fields are redacted at any depth, and nothing else", () => {
  const job = {
    id: "job_1",
    failedReason: "generation_failed: could not read 'my secret'",
    stacktrace: ["Error: my secret"],
    data: { model: "bart", metadata: { patient: "my secret" }, textBytes: 12, owner: "my secret" },
    returnValue: { tokens: 3 },
  };
  const redacted = redact({ queues: [{ name: "summarize", jobs: [job], counts: { failed: 1 } }] });
  expect(JSON.stringify(redacted)).not.toContain("my secret");
  expect(redacted).toMatchObject({
    queues: [
      {
        name: "summarize",
        counts: { failed: 1 },
        jobs: [{ id: "job_1", failedReason: "generation_failed", data: { model: "bart", textBytes: 12 } }],
      },
    ],
  });
});

it("URLs lose query and password, and unknown failure reasons are hidden", () => {
  expect(redact({ url: "https://me:pass@example.org/hook?token=1#x" })).toEqual({ url: "https://example.org/hook" });
  expect(redact({ failedReason: "The text was: secret" })).toEqual({ failedReason: "see the job's page" });
  expect(redact({ failedReason: "job stalled more than allowable limit" })).toEqual({
    failedReason: "see the job's page",
  });
});
