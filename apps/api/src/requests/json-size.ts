import type { ValidationIssue } from "@precis/contracts";

/** No field has values that are nested deeper than two levels. */
const maxDepth = 16;
/** Elements and members in one field, at all levels together; metadata has the most, with 16. */
const maxElements = 100;
const maxFields = 100;

const tooManyFields: ValidationIssue = { field: "body", message: `must not have more than ${maxFields} fields` };
const tooManyElements = `must not have more than ${maxElements} elements`;

/**
 * The first field of a request that is larger than any valid one: nested too deeply, or with too many elements. Validation, messages and
 * fingerprints take time for each element and are recursive, so they must not see such a value. This walk ends at the bound,
 * however large the value is, and is not recursive.
 */
export function findOversizedField(given: unknown): ValidationIssue | undefined {
  if (typeof given !== "object" || given === null) return undefined;
  // The names of all elements would be listed before the first one is seen.
  if (Array.isArray(given) && given.length > maxFields) return tooManyFields;
  let fields = 0;
  for (const field in given) {
    fields += 1;
    if (fields > maxFields) return tooManyFields;
    const issue = describeSize((given as Record<string, unknown>)[field]);
    if (issue !== undefined) return { field: field.slice(0, 100), message: issue };
  }
  return undefined;
}

function describeSize(value: unknown): string | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  let elements = 0;
  let level: object[] = [value];
  for (let depth = 1; level.length > 0; depth += 1) {
    if (depth > maxDepth) return `must not be nested more than ${maxDepth} levels deep`;
    const next: object[] = [];
    for (const one of level) {
      if (Array.isArray(one) && one.length > maxElements) return tooManyElements;
      for (const name in one) {
        elements += 1;
        if (elements > maxElements) return tooManyElements;
        const inner = (one as Record<string, unknown>)[name];
        if (typeof inner === "object" && inner !== null) next.push(inner);
      }
    }
    level = next;
  }
  return undefined;
}
