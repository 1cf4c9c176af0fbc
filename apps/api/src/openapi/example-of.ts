/** The part of a JSON Schema that is used here. */
export interface Schema {
  $ref?: string;
  type?: string | string[];
  example?: unknown;
  examples?: unknown[];
  default?: unknown;
  const?: unknown;
  enum?: unknown[];
  anyOf?: Schema[];
  oneOf?: Schema[];
  allOf?: Schema[];
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  format?: string;
  pattern?: string;
  minimum?: number;
  exclusiveMinimum?: number;
}

export type Schemas = Record<string, Schema>;

/** The name of a referenced schema, else `undefined`. */
export const nameOf = (schema: Schema): string | undefined =>
  /^#\/components\/schemas\/(.+)$/.exec(schema.$ref ?? "")?.[1];

/**
 * A value that matches a schema, assembled from the examples in it; without one, the simplest valid value. Optional fields are
 * included when they have an example.
 */
export function exampleOf(schema: Schema, schemas: Schemas): unknown {
  const name = nameOf(schema);
  if (name !== undefined) return exampleOf(schemas[name] ?? {}, schemas);
  if (schema.example !== undefined) return schema.example;
  const given = schema.examples?.[0] ?? schema.const ?? schema.enum?.[0] ?? schema.default;
  if (given !== undefined) return given;
  const variant = schema.anyOf?.[0] ?? schema.oneOf?.[0];
  if (variant !== undefined) return exampleOf(variant, schemas);
  if (schema.allOf !== undefined) {
    return Object.assign({}, ...schema.allOf.map((part) => exampleOf(part, schemas)));
  }
  const type = Array.isArray(schema.type) ? schema.type[0] : schema.type;
  if (type === "object" || schema.properties !== undefined) {
    const entries = Object.entries(schema.properties ?? {}).filter(
      ([field, value]) => schema.required?.includes(field) || hasExample(value, schemas),
    );
    return Object.fromEntries(entries.map(([field, value]) => [field, exampleOf(value, schemas)]));
  }
  if (type === "array") return schema.items === undefined ? [] : [exampleOf(schema.items, schemas)];
  if (type === "integer" || type === "number") return schema.minimum ?? (schema.exclusiveMinimum ?? -1) + 1;
  if (type === "boolean") return false;
  if (type === "null") return null;
  return schema.format === "date-time" ? "2026-11-24T08:00:00.000Z" : "text";
}

function hasExample(schema: Schema, schemas: Schemas): boolean {
  const name = nameOf(schema);
  if (name !== undefined) return hasExample(schemas[name] ?? {}, schemas);
  return schema.example !== undefined || schema.examples !== undefined;
}
