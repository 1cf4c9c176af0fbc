import type { Schema, Schemas } from "./example-of.js";

interface Media {
  schema?: Schema;
  example?: unknown;
  examples?: object;
}
interface ResponseObject {
  content?: Record<string, Media>;
  links?: Record<string, object>;
}
interface Operation {
  operationId?: string;
  responses: Record<string, ResponseObject>;
}

/** The part of a generated OpenAPI document that is completed here. */
export interface Document {
  paths: Record<string, Record<string, Operation>>;
  components?: { schemas?: Schemas };
}
