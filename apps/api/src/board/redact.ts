import type { createBullBoard } from "@bull-board/api";

type BoardHooks = NonNullable<NonNullable<Parameters<typeof createBullBoard>[0]["options"]>["handlerHooks"]>;

/** Job data that is nobody's business but the caller's; addresses lose their query, which may hold a secret. */
const privateFields = new Set(["metadata", "idempotency", "owner", "secret"]);

/** Reads the code off a failure reason; the sentence after it may quote what the job was about. */
const codeOf = (reason: string) => /^([a-z_]+)(?::|$)/.exec(reason)?.[1] ?? "see the job's page";

/** Blots out, wherever it stands in an answer of the board, what formatters of the board do not reach. */
export function redact(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(redact);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => {
      if (name === "failedReason" || name === "deferredFailure") {
        return [name, typeof inner === "string" ? codeOf(inner) : inner];
      }
      if (name === "stacktrace") return [name, []];
      if (privateFields.has(name)) return [name, "[redacted]"];
      if (name === "url" && typeof inner === "string")
        return [name, inner.replace(/[?#].*$/s, "").replace(/\/\/[^/@]*@/, "//")];
      return [name, redact(inner)];
    }),
  );
}

/** What would make or change a job behind our back: such a job would have no text and no owner. */
const refused = /\/(?:add|update-data|job-schedulers)\b/;

export const boardHooks: BoardHooks = {
  before: ({ method, route }) => {
    if (method === "get" || !refused.test(route)) return { allow: true };
    return { allow: false, status: 403, message: "jobs are submitted through the API" };
  },
  after: ({ route }, response) =>
    ({
      ...response,
      // Whatever somebody may have logged on a job stays in the worker's log.
      body: route.endsWith("/logs") ? [] : redact(response.body),
    }) as typeof response,
};
