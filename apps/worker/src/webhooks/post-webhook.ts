import { lookup as systemLookup } from "node:dns";
import { request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import { isIP, type LookupFunction, type Socket } from "node:net";
import type { deliveryErrorCodes } from "@precis/contracts";
import { type AddressPolicy, parseRetryAfter } from "@precis/webhooks";

/** The response of an endpoint, or why there is none. */
export type WebhookResponse =
  | { status: number; retryAfterMs?: number; responseBody: string }
  | { error: (typeof deliveryErrorCodes)[number]; message: string };

export interface PostOptions {
  url: string;
  headers: Record<string, string>;
  body: string;
  /** For connecting, sending and receiving together. */
  timeoutMs: number;
  policy: AddressPolicy;
  /** Resolves host names; tests replace it. Default: `dns.lookup`. */
  lookup?: typeof systemLookup;
}

/** Maximum size of a response body that is read; the rest is not waited for. */
export const maxResponseBytes = 16 * 1024;

/**
 * Posts a webhook. The addresses checked are those the connection is made to, so that DNS rebinding gains nothing.
 * Redirects are not followed; proxies and keep-alive connections are not used.
 */
export async function postWebhook(options: PostOptions): Promise<WebhookResponse> {
  const url = new URL(options.url);
  const isPermitted = permitAddresses(options.policy, url.protocol);
  const host = url.hostname.replace(/^\[|\]$/g, "");
  // Node does not resolve literal addresses, so the check in the lookup would not see them.
  if (isIP(host) !== 0 && !isPermitted(host)) return addressNotAllowed(host);
  const signal = AbortSignal.timeout(options.timeoutMs);
  try {
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const request = (url.protocol === "https:" ? httpsRequest : httpRequest)(url, {
        method: "POST",
        headers: { ...options.headers, "content-length": Buffer.byteLength(options.body) },
        lookup: permittedLookup(options.lookup ?? systemLookup, isPermitted),
        agent: false,
        signal,
      });
      request.once("response", resolve);
      request.once("error", reject);
      request.once("socket", (socket: Socket) => {
        // The lookup passes permitted addresses only. Should Node ever connect to another one, nothing is sent.
        socket.once("connect", () => {
          const address = socket.remoteAddress ?? "";
          if (!isPermitted(address)) socket.destroy(new AddressNotAllowed(address));
        });
      });
      request.end(options.body);
    });
    const retryAfterMs = parseRetryAfter(response.headers["retry-after"]);
    return {
      status: response.statusCode ?? 0,
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
      responseBody: await readBodyStart(response),
    };
  } catch (error) {
    return toWebhookError(error as NodeJS.ErrnoException, signal, options.timeoutMs, host);
  }
}

class AddressNotAllowed extends Error {
  override readonly name = "AddressNotAllowed";
}

/** Permits plain http only to networks that the operator opened, and https also to public addresses. */
function permitAddresses(policy: AddressPolicy, protocol: string): (address: string) => boolean {
  return (address) => {
    const addressClass = policy.classify(address);
    return addressClass === "opened" || (addressClass === "public" && protocol === "https:");
  };
}

/** Resolves to the permitted addresses of a name only, and fails if there is none. */
function permittedLookup(lookup: typeof systemLookup, isPermitted: (address: string) => boolean): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return callback(error, "", 0);
      const permitted = addresses.filter(({ address }) => isPermitted(address));
      const [first] = permitted;
      if (first === undefined) return callback(new AddressNotAllowed(hostname), "", 0);
      if (options.all === true) callback(null, permitted);
      else callback(null, first.address, first.family);
    });
  };
}

/** Reads the first bytes of a response as text. One that ends early, never ends or is late counts as far as received. */
async function readBodyStart(response: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const part of response as AsyncIterable<Buffer>) {
      parts.push(part);
      bytes += part.length;
      if (bytes >= maxResponseBytes) break;
    }
  } catch {
    // The status has been received, and it alone decides.
  }
  response.destroy();
  return Buffer.concat(parts).subarray(0, maxResponseBytes).toString();
}

function addressNotAllowed(host: string): WebhookResponse {
  return {
    error: "address_not_allowed",
    message: `webhooks may not be sent to ${host}; WEBHOOK_ALLOW_NETWORKS can permit its network`,
  };
}

function toWebhookError(
  error: NodeJS.ErrnoException,
  signal: AbortSignal,
  timeoutMs: number,
  host: string,
): WebhookResponse {
  if (error instanceof AddressNotAllowed) return addressNotAllowed(host);
  if (signal.aborted) return { error: "timeout", message: `no response within ${timeoutMs} ms` };
  const code = error.code ?? "";
  if (code === "ENOTFOUND" || code === "EAI_AGAIN") return { error: "name_not_found", message: error.message };
  if (/CERT|TLS|SSL|SIGNATURE|ISSUER|SELF_SIGNED|EPROTO/.test(code)) return { error: "tls", message: error.message };
  // Node's message is empty when the connection failed to every one of several addresses.
  return { error: "connection", message: error.message || code || "the connection failed" };
}
