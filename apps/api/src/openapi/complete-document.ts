import { neededRole } from "../keys/access-rules.js";
import { exampleOf, nameOf, type Schema, type Schemas } from "./example-of.js";
import { problemExamples, schemaExamples } from "./examples.js";

interface Media {
  schema?: Schema;
  example?: unknown;
  examples?: object;
}
interface Answer {
  description: string;
  content?: Record<string, Media>;
  headers?: Record<string, object>;
  links?: Record<string, object>;
}
interface Operation {
  operationId?: string;
  tags?: string[];
  summary?: string;
  security?: object[];
  responses: Record<string, Answer>;
}
/** The part of an OpenAPI document that is completed here. */
export interface Document {
  paths?: Record<string, Record<string, Operation>>;
  components?: { schemas?: Schemas; securitySchemes?: object };
  [field: string]: unknown;
}

const methods = ["get", "post", "put", "patch", "delete"];

const header = (description: string, schema: object) => ({ description, schema });
const retryAfter = header("Seconds after which it may be tried again", { type: "integer", minimum: 1 });
const headersOf: Record<string, Record<string, object>> = {
  202: { Location: header("Where the job can be followed", { type: "string" }) },
  401: { "WWW-Authenticate": header("How to send a key", { type: "string" }) },
  429: {
    "Retry-After": retryAfter,
    "RateLimit-Policy": header("Requests allowed (`q`) in a window of seconds (`w`)", { type: "string" }),
    RateLimit: header("Requests left (`r`) and seconds until the window ends (`t`)", { type: "string" }),
  },
  503: { "Retry-After": retryAfter },
};

const tags: readonly [RegExp, string][] = [
  [/^\/api\/v1\/batches/, "Batches"],
  [/^\/api\//, "Jobs"],
  [/^\/memory/, "Memory"],
  [/^\/workers/, "Workers"],
  [/^\/admin|^\/metrics/, "Operation"],
  [/./, "Service"],
];

/**
 * Adds to a generated description what holds for all routes alike, so that no route can forget it: which key it needs and
 * the answers that follow, headers, an operation id, links from a submission to its job, and an example for every answer.
 */
export function completeDocument(generated: Document): Document {
  const document = structuredClone(generated);
  const schemas = document.components?.schemas ?? {};
  document.components = {
    ...document.components,
    securitySchemes: {
      bearer: { type: "http", scheme: "bearer", description: "An API key: `precis_<prefix>_<secret>`" },
      key: { type: "apiKey", in: "header", name: "X-API-Key", description: "The same key, as a header of its own" },
    },
  };
  const paths = document.paths ?? {};
  for (const [path, item] of Object.entries(paths)) {
    for (const method of methods) {
      const operation = item[method];
      if (operation !== undefined) completeOperation(method, path, operation, schemas);
    }
  }
  linkJobs(paths);
  return document;
}

function completeOperation(method: string, path: string, operation: Operation, schemas: Schemas): void {
  operation.operationId ??= nameOperation(method, path);
  operation.tags ??= [tags.find(([form]) => form.test(path))?.[1] ?? "Service"];
  const { responses } = operation;
  const role = neededRole(method.toUpperCase(), path);
  if (role !== "open") {
    operation.security ??= [{ bearer: [] }, { key: [] }];
    responses[401] ??= { description: "Keys are demanded and this is none" };
    responses[403] ??= { description: `The key has not the role \`${role}\`` };
    responses[429] ??= { description: "More requests than `RATE_LIMIT`" };
    responses[503] ??= { description: "Redis is away" };
    responses[431] ??= { description: "Request line and headers over 16 KiB" };
    if (method !== "get") responses[413] ??= { description: "The body is too large" };
  }
  for (const [status, answer] of Object.entries(responses)) {
    if (Number(status) >= 400 && answer.content === undefined) {
      answer.content = { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } };
    }
    if (headersOf[status] !== undefined && (role !== "open" || status === "202")) {
      answer.headers = { ...headersOf[status], ...answer.headers };
    }
    for (const [type, media] of Object.entries(answer.content ?? {})) {
      if (media.example !== undefined || media.examples !== undefined || media.schema === undefined) continue;
      media.example =
        type === "application/problem+json"
          ? problemExample(status, path)
          : (schemaExamples[exampleName(path, nameOf(media.schema))] ?? exampleOf(media.schema, schemas));
    }
  }
}

function exampleName(path: string, schema = ""): string {
  return schema === "Job" && path.endsWith("/cancel") ? "CancelledJob" : schema;
}

function problemExample(status: string, path: string): object {
  const { code, title, detail } = problemExamples[status] ?? {
    code: "internal",
    title: "Something went wrong",
    detail: "the error was not expected",
  };
  const instance = path.replace(/\{\w+\}/g, "job_1");
  return { type: `urn:precis:problem:${code}`, title, status: Number(status), detail, instance, code };
}

/** `get /api/v1/jobs/{id}/events` → `getJobsIdEvents`. */
function nameOperation(method: string, path: string): string {
  const words = path.replace(/^\/api\/v1/, "").match(/\w+/g) ?? ["root"];
  return method + words.map((word) => (word[0] ?? "").toUpperCase() + word.slice(1)).join("");
}

/** From what a submission answers to everything that can be done with the job, and from a batch to it and to its first job. */
function linkJobs(paths: Record<string, Record<string, Operation>>): void {
  const targets = Object.entries(paths)
    .filter(([path]) => path.startsWith("/api/v1/jobs/{id}"))
    .flatMap(([, item]) => methods.flatMap((method) => item[method]?.operationId ?? []));
  const links = Object.fromEntries(
    targets.map((operationId) => [operationId, { operationId, parameters: { id: "$response.body#/id" } }]),
  );
  const submitted = paths["/api/v1/summarize"]?.post?.responses ?? {};
  for (const status of ["200", "202"]) {
    const answer = submitted[status];
    if (answer !== undefined) answer.links ??= links;
  }
  const batch = paths["/api/v1/batches"]?.post?.responses[202];
  const followBatch = paths["/api/v1/batches/{id}"]?.get?.operationId;
  const followJob = paths["/api/v1/jobs/{id}"]?.get?.operationId;
  if (batch === undefined || followBatch === undefined || followJob === undefined) return;
  batch.links ??= {
    [followBatch]: { operationId: followBatch, parameters: { id: "$response.body#/id" } },
    [followJob]: { operationId: followJob, parameters: { id: "$response.body#/jobs/0/id" } },
  };
}
