import { lookup as systemLookup } from "node:dns";
import { request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import { isIP, type LookupFunction, type Socket } from "node:net";
import type { deliveryErrorCodes } from "@precis/contracts";
import { type AddressPolicy, readRetryAfter } from "@precis/webhooks";

/** What came of one call. */
export type WebhookAnswer =
  | { status: number; retryAfterMs?: number; responseBody: string }
  | { fault: (typeof deliveryErrorCodes)[number]; message: string };

export interface PostOptions {
  url: string;
  headers: Record<string, string>;
  body: string;
  /** For connecting, sending and answering together. */
  timeoutMs: number;
  policy: AddressPolicy;
  /** How names become addresses; the system's way unless a test has its own. */
  lookup?: typeof systemLookup;
}

/** Bytes of an answer that are read; what comes after them is not waited for. */
export const answerLimitBytes = 16 * 1024;

/**
 * Calls a webhook. Addresses are checked where the connection takes them from, so a name cannot be one address when it
 * is checked and another when it is called. Redirects are not followed, proxies and kept-alive connections not used.
 */
export async function postWebhook(options: PostOptions): Promise<WebhookAnswer> {
  const url = new URL(options.url);
  const permitted = permits(options.policy, url.protocol);
  const host = url.hostname.replace(/^\[|\]$/g, "");
  // Node does not look addresses up, so these would pass the check below.
  if (isIP(host) !== 0 && !permitted(host)) return refused(host);
  const signal = AbortSignal.timeout(options.timeoutMs);
  try {
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      const request = (url.protocol === "https:" ? httpsRequest : httpRequest)(url, {
        method: "POST",
        headers: { ...options.headers, "content-length": Buffer.byteLength(options.body) },
        lookup: checkedLookup(options.lookup ?? systemLookup, permitted),
        agent: false,
        signal,
      });
      request.once("response", resolve);
      request.once("error", reject);
      request.once("socket", (socket: Socket) => {
        // What the lookup let through is what was connected to; if that ever fails to hold, nothing is sent.
        socket.once("connect", () => {
          const address = socket.remoteAddress ?? "";
          if (!permitted(address)) socket.destroy(new AddressNotAllowed(address));
        });
      });
      request.end(options.body);
    });
    const retryAfterMs = readRetryAfter(answer.headers["retry-after"]);
    return {
      status: answer.statusCode ?? 0,
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
      responseBody: await readStart(answer),
    };
  } catch (error) {
    return faultOf(error as NodeJS.ErrnoException, signal, options.timeoutMs, host);
  }
}

class AddressNotAllowed extends Error {
  override readonly name = "AddressNotAllowed";
}

/** Over plain http only what the operator opened may be called; over https everything public as well. */
function permits(policy: AddressPolicy, protocol: string): (address: string) => boolean {
  return (address) => {
    const verdict = policy.judge(address);
    return verdict === "opened" || (verdict === "public" && protocol === "https:");
  };
}

/** Gives the connection only the addresses that are permitted, and an error when none is. */
function checkedLookup(lookup: typeof systemLookup, permitted: (address: string) => boolean): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return callback(error, "", 0);
      const usable = addresses.filter(({ address }) => permitted(address));
      const [first] = usable;
      if (first === undefined) return callback(new AddressNotAllowed(hostname), "", 0);
      if (options.all === true) callback(null, usable);
      else callback(null, first.address, first.family);
    });
  };
}

/** The answer's first bytes as text. An answer that ends early, is endless or late has what came until then. */
async function readStart(answer: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const part of answer as AsyncIterable<Buffer>) {
      parts.push(part);
      bytes += part.length;
      if (bytes >= answerLimitBytes) break;
    }
  } catch {
    // The status is known, and it alone decides.
  }
  answer.destroy();
  return Buffer.concat(parts).subarray(0, answerLimitBytes).toString();
}

function refused(host: string): WebhookAnswer {
  return {
    fault: "address_not_allowed",
    message: `${host} is no address webhooks may be sent to; WEBHOOK_ALLOW_NETWORKS can open its network`,
  };
}

function faultOf(error: NodeJS.ErrnoException, signal: AbortSignal, timeoutMs: number, host: string): WebhookAnswer {
  if (error instanceof AddressNotAllowed) return refused(host);
  if (signal.aborted) return { fault: "timeout", message: `no answer within ${timeoutMs} ms` };
  const code = error.code ?? "";
  if (code === "ENOTFOUND" || code === "EAI_AGAIN") return { fault: "name_not_found", message: error.message };
  if (/CERT|TLS|SSL|SIGNATURE|ISSUER|SELF_SIGNED|EPROTO/.test(code)) return { fault: "tls", message: error.message };
  // Several addresses were tried, each in vain: Node's own message is empty then.
  return { fault: "connection", message: error.message || code || "the connection failed" };
}
