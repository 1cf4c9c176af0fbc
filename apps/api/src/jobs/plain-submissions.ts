import type { IncomingMessage, ServerResponse } from "node:http";
import { type KeyRole, summarizeRequestSchema } from "@precis/contracts";
import { neededRole } from "../keys/access-rules.js";
import { type Caller, ownerOf } from "../keys/caller.js";
import { type CallerFinder, keyIn } from "../keys/find-caller.js";
import type { Gate } from "../keys/gate.js";
import { textBodyBytes } from "../limits/limit-body.js";
import type { CountAnswer } from "../metrics/http-metrics.js";
import type { Parts } from "../parts.js";
import { describeProblem, type Fault, faultOfError, faultOfSchema } from "../problem/problem.js";
import { logAnswer } from "../requests/log-request.js";
import { chooseRequestId } from "../requests/request-id.js";
import { createJobMaker } from "./make-job.js";
import { mediaTypeIn, parseJson, readIncoming } from "./read-submission.js";
import { acceptedBody, submitPath } from "./submit-job.js";
import { jobPath } from "./view-job.js";

export type Listener = (incoming: IncomingMessage, outgoing: ServerResponse) => void;

export interface PlainSubmissionParts extends Parts {
  gate: Gate;
  callers: CallerFinder;
  count: CountAnswer;
}

/** A request with one of these asks for more than its text to be stored, or may come from a browser. */
const unusual = [
  "idempotency-key",
  "prefer",
  "content-encoding",
  "transfer-encoding",
  "cookie",
  "origin",
  "sec-fetch-site",
  "expect",
];

/**
 * Answers the most frequent request, a submission as JSON, off Node's own request and response: web requests, answers and
 * Hono's chain take as much CPU as all that is done for it. The steps are those of the middlewares and of the route, and what
 * is refused before its body is read, or asks for anything else, is left to them.
 *
 * @param next answers everything else
 */
export function answerPlainSubmissions(parts: PlainSubmissionParts, next: Listener): Listener {
  const { config, queue, load, log, gate, callers, count, trace } = parts;
  if (trace !== undefined || config.rateLimit !== undefined || config.defaultWaitMs > 0) return next;
  const makeJob = createJobMaker(config);
  const mostBytes = textBodyBytes(config);
  const needed = neededRole("POST", submitPath) as KeyRole;
  const isPlainHost = hostCheck();

  const isPlain = ({ method, url, headers }: IncomingMessage) =>
    url === submitPath &&
    method === "POST" &&
    mediaTypeIn(headers["content-type"]) === "application/json" &&
    Number(headers["content-length"]) <= mostBytes &&
    !unusual.some((name) => headers[name] !== undefined) &&
    isPlainHost(headers.host);

  const callerOf = async ({ headers }: IncomingMessage): Promise<Caller | undefined> => {
    const find = async () => {
      const key = keyIn(headers.authorization, headers["x-api-key"] as string | undefined);
      return key === undefined ? undefined : callers.findByKey(key);
    };
    const verdict = await gate({ needed, url: `http://${headers.host}${submitPath}`, find });
    return "caller" in verdict ? verdict.caller : undefined;
  };

  /** Stores what a request brings; the job's id and the answer's body, or what was wrong with it. */
  const submit = async (incoming: IncomingMessage, caller: Caller, requestId: string) => {
    const body = summarizeRequestSchema.safeParse(parseJson(await readIncoming(incoming)));
    if (!body.success) return faultOfSchema(body.error);
    const data = { ...makeJob(body.data, Date.now()), ...ownerOf(caller), requestId };
    const { id } = await queue.submit(data, body.data.text);
    return { id, body: acceptedBody(id, data) };
  };

  const answer = async (incoming: IncomingMessage, outgoing: ServerResponse) => {
    const start = performance.now();
    let error: Error | undefined;
    let outcome: { id: string; body: string } | Fault;
    let request: string | undefined;
    try {
      const caller = await callerOf(incoming);
      if (caller === undefined || load.refusal() !== undefined) return next(incoming, outgoing);
      request = chooseRequestId(incoming.headers["x-request-id"] as string | undefined);
      outcome = await submit(incoming, caller, request);
    } catch (thrown) {
      error = thrown as Error;
      outcome = faultOfError(error);
    }
    request ??= chooseRequestId(incoming.headers["x-request-id"] as string | undefined);
    const status = write(outgoing, request, outcome);
    if (status === 202) load.accepted(1);
    count("POST", submitPath, status, start);
    const job = "id" in outcome ? outcome.id : undefined;
    logAnswer(log, { request, job, method: "POST", path: submitPath, status, start, error });
  };

  return (incoming, outgoing) => void (isPlain(incoming) ? answer(incoming, outgoing) : next(incoming, outgoing));
}

function write(outgoing: ServerResponse, request: string, outcome: { id: string; body: string } | Fault): number {
  if ("id" in outcome) {
    const { id, body } = outcome;
    outgoing.writeHead(202, [
      "X-Request-Id",
      request,
      "Location",
      jobPath(id),
      "Content-Type",
      "application/json",
      "Content-Length",
      String(Buffer.byteLength(body)),
    ]);
    outgoing.end(body);
    return 202;
  }
  const { status, headers, body } = describeProblem(submitPath, outcome);
  outgoing.writeHead(status, { "X-Request-Id": request, ...headers, "Content-Length": Buffer.byteLength(body) });
  outgoing.end(body);
  return status;
}

/** Whether a host is spelt as a URL spells it, so that nothing is left to be found wrong with it; one is remembered. */
function hostCheck(): (host: string | undefined) => boolean {
  let known: string | undefined;
  return (host) => {
    if (host === undefined) return false;
    if (host === known) return true;
    const url = `http://${host}/`;
    if (!URL.canParse(url) || new URL(url).host !== host) return false;
    known = host;
    return true;
  };
}
