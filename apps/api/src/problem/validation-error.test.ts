import { summarizeRequestSchema, unloadRequestSchema } from "@precis/contracts";
import { expect, it } from "vitest";
import { parseRequest } from "../requests/parse-request.js";

const issuesOf = (given: unknown, schema: typeof summarizeRequestSchema | typeof unloadRequestSchema) => {
  try {
    parseRequest<typeof schema>(schema, given);
    return {};
  } catch (error) {
    const { issues } = error as { issues: { field: string; message: string }[] };
    return Object.fromEntries(issues.map(({ field, message }) => [field, message]));
  }
};

it("messages say what is allowed and what was given", () => {
  const given = { text: "A text.", model: "gpt", max_length: "many", metadata: { a: 1 }, num_beams: 9, other: 1 };
  expect(issuesOf(given, summarizeRequestSchema)).toEqual({
    model: 'must be one of bart, t5 (got "gpt")',
    max_length: 'must be a whole number of tokens from 1 to 1024 (got "many")',
    num_beams: "must be a whole number from 1 to 8 (got 9)",
    "metadata.a": "values must be strings",
    other: "is not a field of this request",
  });
  expect(issuesOf([], summarizeRequestSchema)).toEqual({ body: "must be an object (got an array)" });
});

it("a hostile request does not make the response grow", () => {
  const names = Array.from({ length: 1_000 }, (_, index) => [`${"x".repeat(1_000)}${index}`, 1]);
  const issues = issuesOf({ text: 1, model: "y".repeat(1e6), ...Object.fromEntries(names) }, summarizeRequestSchema);
  expect(JSON.stringify(issues).length).toBeLessThan(20_000);
});

it.each([
  [{}, "drain"],
  [{ mode: "graceful" }, "drain"],
  [{ mode: "drain" }, "drain"],
  [{ mode: "immediate" }, "now"],
  [{ mode: "now" }, "now"],
])("unload modes have old names: %j", (given, mode) => {
  expect(unloadRequestSchema.parse(given).mode).toBe(mode);
});
