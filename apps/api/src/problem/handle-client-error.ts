import { STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import { PrecisError } from "@precis/contracts";
import { describeProblem } from "./problem.js";

/** The server's `clientError`: a request that cannot be parsed gets a problem too, and its connection is closed. */
export function handleClientError(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === "ECONNRESET" || !socket.writable) {
    socket.destroy();
    return;
  }
  const problem = describeProblem(toPrecisError(error.code));
  const body = JSON.stringify(problem);
  const head = [
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}`,
    "Content-Type: application/problem+json",
    `Content-Length: ${Buffer.byteLength(body)}`,
    "Connection: close",
  ];
  socket.end(`${head.join("\r\n")}\r\n\r\n${body}`);
}

function toPrecisError(code: string | undefined): PrecisError {
  switch (code) {
    case "HPE_HEADER_OVERFLOW": {
      const message = "Request line and headers must have at most 16 KiB; send long options in a JSON body";
      return new PrecisError("headers_too_large", message);
    }
    case "ERR_HTTP_REQUEST_TIMEOUT":
      return new PrecisError("request_timeout", "The request did not arrive in time");
    default:
      return new PrecisError("bad_request", "The request is not valid HTTP/1.1");
  }
}
