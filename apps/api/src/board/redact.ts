import type { createBullBoard } from "@bull-board/api";
import { failureFields } from "@precis/queue";

type BoardHooks = NonNullable<NonNullable<Parameters<typeof createBullBoard>[0]["options"]>["handlerHooks"]>;

/** Job data that only its owner may see. */
const privateFields = new Set(["metadata", "idempotency", "owner", "secret"]);

const failureReasons = new Set<string>(failureFields.reasons);

/** The error code of a failure reason; the message after it may quote the text of the job. */
const codeOf = (reason: string) => /^([a-z_]+)(?::|$)/.exec(reason)?.[1] ?? "see the job's page";

/** Redacts private fields at any depth of a response: the board's formatters do not reach all of them. URLs lose query and password. */
export function redact(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(redact);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => {
      if (failureReasons.has(name)) {
        return [name, typeof inner === "string" ? codeOf(inner) : inner];
      }
      if (name === failureFields.stackTrace) return [name, []];
      if (privateFields.has(name)) return [name, "[redacted]"];
      if (name === "url" && typeof inner === "string")
        return [name, inner.replace(/[?#].*$/s, "").replace(/\/\/[^/@]*@/, "//")];
      return [name, redact(inner)];
    }),
  );
}

export const boardHooks: BoardHooks = {
  after: ({ route }, response) =>
    ({
      ...response,
      // Job logs may quote the text; they belong in the worker's log.
      body: route.endsWith("/logs") ? [] : redact(response.body),
    }) as typeof response,
};
