import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join, resolve } from "node:path";
import { isServerReady } from "./ask-server.js";
import { maxSocketPathBytes } from "./state-folder/liveness-socket.js";

/** In the private server's folder: its URL, from before it starts until it has been stopped. */
export const addressFileOf = (folder: string) => join(folder, "address");

export function readAddress(folder: string): Promise<string | undefined> {
  return readFile(addressFileOf(folder), "utf8").catch(() => undefined);
}

/** The address of a private server that runs now for this state folder; `undefined` when none does. */
export async function runningPrivateServer(home: string): Promise<string | undefined> {
  const url = await readAddress(join(resolve(home), "redis"));
  return url !== undefined && (await isServerReady(url)) ? url : undefined;
}

/** A socket in the folder where its path is short enough, else a free loopback port with a random password. */
export async function chooseAddress(folder: string): Promise<string> {
  const socket = join(folder, "redis.sock");
  if (Buffer.byteLength(socket) <= maxSocketPathBytes) return `unix://${socket}`;
  return `redis://:${randomBytes(24).toString("hex")}@127.0.0.1:${await freePort()}`;
}

/** Lines of the configuration that make a server listen at an address of ours. */
export function listenAt(url: string): string[] {
  if (url.startsWith("unix://")) {
    return ["port 0", `unixsocket ${quote(url.slice("unix://".length))}`, "unixsocketperm 700"];
  }
  const { port, password } = new URL(url);
  return [`port ${port}`, "bind 127.0.0.1", "protected-mode yes", `requirepass ${password}`];
}

/** A path as a word of Redis' configuration. */
export function quote(path: string): string {
  return `"${path.replace(/(["\\])/g, "\\$1")}"`;
}

function freePort(): Promise<number> {
  return new Promise((resolvePort, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() =>
        typeof address === "object" && address !== null ? resolvePort(address.port) : reject(new Error("no port")),
      );
    });
  });
}
