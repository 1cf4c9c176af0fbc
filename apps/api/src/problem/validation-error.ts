import { describeInput, PrecisError, type ValidationIssue } from "@precis/contracts";
import type { z } from "zod";

/** Bounds on what a response repeats of an invalid request, so that it does not grow with a hostile one. */
const maxIssues = 50;
const maxNameLength = 100;
const maxMessageLength = 500;

/** A request that does not match its schema, with every invalid field. */
export function validationError(error: z.core.$ZodError): PrecisError {
  const issues = validationIssues(error);
  return new PrecisError("invalid_request", issues.map(({ field, message }) => `${field}: ${message}`).join("; "), {
    issues,
  });
}

/** Messages for issues whose schema has none, in the form of ours. */
export const issueMessage: z.core.$ZodErrorMap = (issue) => {
  const given = `(got ${describeInput(issue.input)})`;
  if (issue.code === "invalid_type") return `must be ${article(issue.expected)} ${given}`;
  if (issue.code === "invalid_value") return `must be one of ${issue.values.join(", ")} ${given}`;
  return undefined;
};

const article = (type: string) => (/^[aeiou]/.test(type) ? `an ${type}` : `a ${type}`);

/** Every invalid field of a request; the first 50 of very many. */
export function validationIssues(error: z.core.$ZodError): ValidationIssue[] {
  return error.issues.slice(0, maxIssues).flatMap((issue) => {
    if (issue.code === "unrecognized_keys") {
      return issue.keys.slice(0, maxIssues).map((name) => ({
        field: name.slice(0, maxNameLength),
        message: "is not a field of this request",
      }));
    }
    const path = issue.path.map((part) => String(part).slice(0, maxNameLength)).join(".");
    return [{ field: path === "" ? "body" : path, message: issue.message.slice(0, maxMessageLength) }];
  });
}
