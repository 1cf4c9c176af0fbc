import { randomBytes } from "node:crypto";
import { rename, rm, symlink } from "node:fs/promises";
import { connect, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** The longest path a unix socket can have on every system (104 bytes on macOS, 108 on Linux, with the closing NUL). */
export const maxSocketPathBytes = 103;

/** A socket file that can be connected to for as long as a process that holds it lives. */
export interface LivenessSocket {
  /** For a child process that is to hold it too; -1 where the system has no such number. */
  fd: number;
  /** Lets go of it; the file stays. */
  close(): Promise<void>;
}

/**
 * Creates a socket file that proves that this process, or a child that inherits `fd`, is alive. The kernel answers for
 * the holder: even one that is stopped or busy accepts, a dead one never does, and no other process can be taken for it,
 * as with process ids. It also works between containers that share a folder, which do not see each other's processes.
 */
export async function createLivenessSocket(folder: string, name: string): Promise<LivenessSocket> {
  const server = createServer((connection) => connection.destroy());
  // Node removes the file it has bound when the server closes; under another name the file stays for the other holder.
  const bound = `${randomBytes(6).toString("hex")}.tmp`;
  await withShortPath(folder, bound, (path) => listen(server, path));
  await rename(join(folder, bound), join(folder, name));
  server.unref();
  // Not documented, and there in every Node from 0.12 to 26: the only way to let a child inherit a listening socket.
  const { fd = -1 } = (server as Server & { _handle?: { fd?: number } })._handle ?? {};
  return { fd, close: () => new Promise((resolve) => server.close(() => resolve())) };
}

/** Whether a living process holds the socket file. */
export async function isHeld(folder: string, name: string): Promise<boolean> {
  return withShortPath(
    folder,
    name,
    (path) =>
      new Promise<boolean>((resolve) => {
        const connection = connect(path);
        connection.once("connect", () => {
          connection.destroy();
          resolve(true);
        });
        // Anything else, as EAGAIN when many have asked, comes from a socket that somebody holds.
        connection.once("error", ({ code }: NodeJS.ErrnoException) =>
          resolve(code !== "ECONNREFUSED" && code !== "ENOENT" && code !== "ENOTDIR" && code !== "ENOTSOCK"),
        );
      }),
  );
}

/** A path to a socket in a folder of any depth; where it is too long, by a symbolic link that exists meanwhile. */
async function withShortPath<Result>(
  folder: string,
  name: string,
  use: (path: string) => Promise<Result>,
): Promise<Result> {
  const path = join(folder, name);
  if (Buffer.byteLength(path) <= maxSocketPathBytes) return use(path);
  const link = join(tmpdir(), `precis-${randomBytes(6).toString("hex")}`);
  await symlink(folder, link);
  try {
    return await use(join(link, name));
  } finally {
    await rm(link, { force: true });
  }
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(path, () => {
      server.off("error", reject);
      server.on("error", () => {});
      resolve();
    });
  });
}
