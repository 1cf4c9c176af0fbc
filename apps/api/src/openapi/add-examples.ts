import { PrecisError } from "@precis/contracts";
import { describeProblem } from "../problem/problem.js";
import type { Document } from "./document.js";
import { exampleOf, nameOf } from "./example-of.js";
import { problemExamples, schemaExamples } from "./examples.js";

/** Gives every response an example: one of ours where there is one, else a value made from its schema. */
export function addExamples(document: Document): void {
  const schemas = document.components?.schemas ?? {};
  for (const [path, item] of Object.entries(document.paths)) {
    for (const { responses } of Object.values(item)) {
      for (const [status, { content = {} }] of Object.entries(responses)) {
        for (const [type, media] of Object.entries(content)) {
          if (media.example !== undefined || media.examples !== undefined || media.schema === undefined) continue;
          media.example =
            type === "application/problem+json"
              ? problemExample(status, path)
              : (schemaExamples[exampleName(path, nameOf(media.schema))] ?? exampleOf(media.schema, schemas));
        }
      }
    }
  }
}

function exampleName(path: string, schema = ""): string {
  return schema === "Job" && path.endsWith("/cancel") ? "CancelledJob" : schema;
}

function problemExample(status: string, path: string): object {
  const error = problemExamples[status] ?? new PrecisError("internal", "An unexpected error occurred");
  return describeProblem(error, path.replace(/\{\w+\}/g, "job_1"));
}
