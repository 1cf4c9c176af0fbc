import { STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import type { ErrorCode, Problem } from "@precis/contracts";

const kinds: Readonly<Record<string, { status: number; code: ErrorCode; detail: string }>> = {
  HPE_HEADER_OVERFLOW: {
    status: 431,
    code: "headers_too_large",
    detail: "request line and headers together have more than 16 KiB; long options belong into a JSON body",
  },
  ERR_HTTP_REQUEST_TIMEOUT: { status: 408, code: "invalid_request", detail: "the request did not arrive in time" },
};
const malformed = { status: 400, code: "invalid_request" as const, detail: "this is not an HTTP/1.1 request" };

/** The server's `clientError`: what cannot be read as a request gets a problem too, and its connection is closed. */
export function answerClientError(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === "ECONNRESET" || !socket.writable) {
    socket.destroy();
    return;
  }
  const { status, code, detail } = kinds[error.code ?? ""] ?? malformed;
  const title = STATUS_CODES[status] ?? "Bad Request";
  const problem: Problem = { type: `urn:precis:problem:${code}`, title, status, detail, code };
  const body = JSON.stringify(problem);
  const head = [
    `HTTP/1.1 ${status} ${title}`,
    "Content-Type: application/problem+json",
    `Content-Length: ${Buffer.byteLength(body)}`,
    "Connection: close",
  ];
  socket.end(`${head.join("\r\n")}\r\n\r\n${body}`);
}
