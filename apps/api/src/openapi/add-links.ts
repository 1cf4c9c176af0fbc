import type { Document } from "./document.js";

/** Links from a submission to every operation on its job, and from a batch to itself and its first job. */
export function addLinks({ paths }: Document): void {
  const jobOperations = Object.entries(paths)
    .filter(([path]) => path.startsWith("/api/v1/jobs/{id}"))
    .flatMap(([, item]) => Object.values(item).flatMap(({ operationId }) => operationId ?? []));
  const jobLinks = Object.fromEntries(jobOperations.map((operationId) => [operationId, link(operationId, "/id")]));
  const submitted = paths["/api/v1/summarize"]?.post?.responses ?? {};
  for (const status of ["200", "202"]) {
    const response = submitted[status];
    if (response !== undefined) response.links = jobLinks;
  }
  const batch = paths["/api/v1/batches"]?.post?.responses[202];
  const getBatch = paths["/api/v1/batches/{id}"]?.get?.operationId;
  const getJob = paths["/api/v1/jobs/{id}"]?.get?.operationId;
  if (batch === undefined || getBatch === undefined || getJob === undefined) return;
  batch.links = { [getBatch]: link(getBatch, "/id"), [getJob]: link(getJob, "/jobs/0/id") };
}

const link = (operationId: string, pointer: string) => ({
  operationId,
  parameters: { id: `$response.body#${pointer}` },
});
