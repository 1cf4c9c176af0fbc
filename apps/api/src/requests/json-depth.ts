import type { ValidationIssue } from "@precis/contracts";

/** No request has fields that are nested deeper than two levels. */
const maxDepth = 16;

/**
 * The first field whose value is nested more than 16 levels deep. Validation, messages and fingerprints are recursive, so they
 * must not see such a value; this walk is not.
 */
export function findDeepField(given: unknown): ValidationIssue | undefined {
  if (typeof given !== "object" || given === null) return undefined;
  for (const [field, value] of Object.entries(given)) {
    if (isDeep(value)) {
      return { field: field.slice(0, 100), message: `must not be nested more than ${maxDepth} levels deep` };
    }
  }
  return undefined;
}

function isDeep(value: unknown): boolean {
  let level = [value];
  for (let depth = 0; depth <= maxDepth; depth += 1) {
    const next: unknown[] = [];
    for (const one of level) {
      if (typeof one !== "object" || one === null) continue;
      for (const inner of Object.values(one)) if (typeof inner === "object" && inner !== null) next.push(inner);
    }
    if (next.length === 0) return false;
    level = next;
  }
  return true;
}
