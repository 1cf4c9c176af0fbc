import type { Config } from "@precis/config";
import {
  type JobData,
  lengthPresets,
  omitUndefined,
  PrecisError,
  parseKeepAlive,
  type SummarizeRequest,
} from "@precis/contracts";
import { checkWebhookUrl, createAddressPolicy } from "@precis/webhooks";

/**
 * Builds the job data of a validated submission.
 *
 * @param now Unix time in ms that a deadline in seconds counts from
 * @throws {PrecisError} `payload_too_large` or `invalid_request`, with the field
 */
export type BuildJobData = (body: SummarizeRequest, now: number) => JobData;

export function createJobDataBuilder(config: Config): BuildJobData {
  const policy = createAddressPolicy(config.webhookAllowNetworks);
  return (body, now) => {
    const textBytes = Buffer.byteLength(body.text);
    if (textBytes > config.textMaxBytes) {
      const message = `must have at most ${config.textMaxBytes} bytes (got ${textBytes})`;
      throw new PrecisError("payload_too_large", message, { field: "text" });
    }
    if (body.webhook !== undefined) {
      const issue = checkWebhookUrl(body.webhook.url, policy);
      if (issue !== undefined) throw new PrecisError("invalid_request", issue, { field: "webhook.url" });
    }
    const preset = body.length === undefined ? undefined : lengthPresets[body.model][body.length];
    return completeData({
      version: 1,
      model: body.model,
      maxLength: body.max_length ?? preset?.max,
      minLength: body.min_length ?? preset?.min,
      numBeams: body.num_beams,
      keepAliveMs: body.keep_alive === undefined ? undefined : parseKeepAlive(body.keep_alive),
      priority: body.priority,
      startBy: body.deadline === undefined ? undefined : parseDeadline(body.deadline, now),
      metadata: body.metadata,
      webhook: body.webhook,
      resultTtlSeconds: body.ttl ?? Math.max(1, Math.round(config.resultTtlMs / 1_000)),
      textBytes,
    });
  };
}

function parseDeadline(deadline: number | string, now: number): number {
  const time = typeof deadline === "number" ? now + Math.round(deadline * 1_000) : Date.parse(deadline);
  if (time > now) return time;
  throw new PrecisError("invalid_request", `must be in the future (got ${deadline})`, { field: "deadline" });
}

type Sparse<Whole> = { [Name in keyof Whole]: Whole[Name] | (undefined extends Whole[Name] ? undefined : never) };

/** Omits what is `undefined`, of an object that must name every member, so that none is forgotten. */
function completeData<Whole extends object>(
  sparse: { [Name in keyof Whole]-?: Sparse<Whole>[Name] | undefined },
): Whole {
  return omitUndefined(sparse) as unknown as Whole;
}
