import type { JobData, SummarizeRequest } from "@precis/contracts";
import { defaultPriority } from "@precis/queue";

/**
 * What a submission asks for, however it is written: options as they are stored, defaults included, and independent of the time
 * it is sent. Two submissions with equal content are the same request.
 */
export function submissionContent({ text, deadline }: SummarizeRequest, data: JobData): object {
  const { startBy: _, requestId: __, owner: ___, ...options } = data;
  return {
    ...options,
    priority: data.priority ?? defaultPriority,
    ...(deadline === undefined
      ? {}
      : { deadline: typeof deadline === "string" ? Date.parse(deadline) : { in: deadline } }),
    ...(data.webhook === undefined ? {} : { webhook: { ...data.webhook, events: [...data.webhook.events].sort() } }),
    text,
  };
}

/** JSON with the members of objects in one order, for values that are not nested deeply. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, inner) =>
    typeof inner === "object" && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([one], [other]) => (one < other ? -1 : 1)))
      : inner,
  );
}
