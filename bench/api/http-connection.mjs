import { connect } from "node:net";

/**
 * A keep-alive HTTP/1.1 connection that takes hardly any CPU time: it writes the request as given and only looks for
 * the end of the response. One request at a time.
 */
export function openConnection(port) {
  let received = "";
  let settle;
  const read = (size, buffer) => {
    received += buffer.latin1Slice(0, size);
    const head = received.indexOf("\r\n\r\n");
    if (head === -1) return;
    const length = /content-length: (\d+)/i.exec(received.slice(0, head))?.[1];
    const whole = length === undefined ? received.endsWith("0\r\n\r\n") : received.length >= head + 4 + Number(length);
    if (!whole) return;
    const status = Number(received.slice(9, 12));
    const body = received.slice(head + 4);
    received = "";
    settle?.resolve({ status, body });
  };
  // One buffer for all reads: Node would allocate 64 KiB for each response, which becomes garbage.
  const onread = { buffer: Buffer.alloc(16_384), callback: read };
  const socket = connect({ port, host: "127.0.0.1", noDelay: true, onread });
  socket.on("error", (error) => settle?.reject(error));
  return {
    send: (request) =>
      new Promise((resolve, reject) => {
        settle = { resolve, reject };
        socket.write(request);
      }),
    close: () => socket.destroy(),
  };
}

/** The bytes of a request. */
export function requestBytes(method, path, body) {
  const head = [`${method} ${path} HTTP/1.1`, "Host: 127.0.0.1"];
  const payload = body === undefined ? "" : JSON.stringify(body);
  if (body !== undefined) head.push("Content-Type: application/json", `Content-Length: ${Buffer.byteLength(payload)}`);
  return Buffer.from(`${head.join("\r\n")}\r\n\r\n${payload}`);
}
