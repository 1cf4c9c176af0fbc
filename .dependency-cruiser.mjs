/** The rules between the rooms of the house; see docs/decisions. */
const never = (name, from, to) => ({ name, severity: "error", from: { path: from }, to: { path: to } });

export default {
  forbidden: [
    { name: "no-cycles", severity: "error", from: {}, to: { circular: true } },
    never("packages-know-no-app", "^packages/", "^apps/"),
    never("api-knows-no-worker", "^apps/api/", "^apps/worker/"),
    never("worker-knows-no-api", "^apps/worker/", "^apps/api/"),
    never("api-has-no-runtime", "^apps/api/", "packages/inference|onnxruntime|@huggingface"),
    never(
      "supervisor-has-no-runtime",
      "^apps/worker/src/(main|supervisor|control|memory)",
      "packages/inference|onnxruntime|@huggingface",
    ),
    never(
      "model-process-has-no-queue",
      "^apps/worker/src/model-process/",
      "packages/(queue|redis|control)|bullmq|ioredis",
    ),
    never("contracts-know-zod-only", "^packages/contracts/", "packages/(?!contracts)"),
  ],
  options: {
    exclude: { path: "(^|/)(dist|node_modules)/" },
    tsPreCompilationDeps: true,
    doNotFollow: { path: "node_modules" },
  },
};
