import type { Config } from "@precis/config";
import { type JobData, lengthPresets, PrecisError, parseKeepAlive, type SummarizeRequest } from "@precis/contracts";
import { checkWebhookUrl, createAddressPolicy } from "@precis/webhooks";

/**
 * Makes what the queue carries for a valid submission.
 *
 * @param now Unix time in ms a deadline in seconds counts from
 * @throws {PrecisError} `payload_too_large` or `invalid_request`, naming the field
 */
export type MakeJob = (body: SummarizeRequest, now: number) => JobData;

/** Reads once what holds for every submission: which addresses webhooks may go to. */
export function createJobMaker(config: Config): MakeJob {
  const policy = createAddressPolicy(config.webhookAllowNetworks);
  return (body, now) => {
    const textBytes = Buffer.byteLength(body.text);
    if (textBytes > config.textMaxBytes) {
      const detail = `text: has ${textBytes} bytes; at most ${config.textMaxBytes} are allowed`;
      throw new PrecisError("payload_too_large", detail);
    }
    if (body.webhook !== undefined) {
      const fault = checkWebhookUrl(body.webhook.url, policy);
      if (fault !== undefined) throw new PrecisError("invalid_request", `webhook.url: ${fault}`);
    }
    const preset = body.length === undefined ? undefined : lengthPresets[body.model][body.length];
    return withoutAbsent({
      version: 1,
      model: body.model,
      maxLength: body.max_length ?? preset?.max,
      minLength: body.min_length ?? preset?.min,
      numBeams: body.num_beams,
      keepAliveMs: body.keep_alive === undefined ? undefined : parseKeepAlive(body.keep_alive),
      priority: body.priority,
      startBy: body.deadline === undefined ? undefined : readDeadline(body.deadline, now),
      metadata: body.metadata,
      webhook: body.webhook,
      resultTtlSeconds: body.ttl ?? Math.max(1, Math.round(config.resultTtlMs / 1_000)),
      textBytes,
    });
  };
}

function readDeadline(deadline: number | string, now: number): number {
  const time = typeof deadline === "number" ? now + Math.round(deadline * 1_000) : Date.parse(deadline);
  if (time > now) return time;
  throw new PrecisError("invalid_request", `deadline: must be in the future, got ${deadline}`);
}

type Sparse<Whole> = { [Name in keyof Whole]: Whole[Name] | (undefined extends Whole[Name] ? undefined : never) };

function withoutAbsent<Whole extends object>(
  sparse: { [Name in keyof Whole]-?: Sparse<Whole>[Name] | undefined },
): Whole {
  const whole: Record<string, unknown> = {};
  for (const name in sparse) if (sparse[name] !== undefined) whole[name] = sparse[name];
  return whole as Whole;
}
