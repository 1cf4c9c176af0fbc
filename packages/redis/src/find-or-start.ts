import { spawn } from "node:child_process";
import { access, constants, readFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { checkServer } from "./check-server.js";
import { type PrivateServer, startPrivateServer } from "./private-server.js";
import type { ServerFacts } from "./start-check/server-facts.js";

/** A Redis that has been checked and may be used. */
export interface UsableRedis {
  url: string;
  facts: ServerFacts;
  /** The private server, when Precis started it; then `stop` ends it, else `stop` does nothing. */
  server?: PrivateServer;
  stop(): Promise<void>;
}

export interface FindOptions {
  /** `REDIS_URL`; when given nothing else is tried. */
  url?: string;
  /** State folder for a private server. */
  home: string;
  /** `PATH` to look for redis-server and valkey-server in. */
  path: string;
  /** `REDIS_PREFIX`; when given, the rights of the Redis user are checked for it. */
  prefix?: string;
  /** Called with what is being done, for steps that take long. */
  onProgress?: (message: string) => void;
  /** A private server is needed for one short command only; `precis up`, started meanwhile, waits for its end. */
  brief?: boolean;
  /** Gives up, and ends what was started, when it aborts. */
  signal?: AbortSignal | undefined;
}

const serverNames = ["redis-server", "valkey-server"];

/** How Redis is installed, by Node's platform or the Linux family of /etc/os-release. */
const installLines: readonly (readonly [RegExp, string])[] = [
  [/^darwin$/, "brew install redis"],
  [
    /^win32$/,
    "use WSL 2 (https://redis.io/docs/latest/operate/oss_and_stack/install/archive/install-redis/install-redis-on-windows/)",
  ],
  [/debian|ubuntu/, "sudo apt-get install redis-server"],
  [/fedora|rhel|centos/, "sudo dnf install valkey"],
  [/arch/, "sudo pacman -S valkey"],
  [/alpine/, "apk add valkey"],
  [/suse/, "sudo zypper install valkey"],
];

/**
 * Finds a Redis to use, in this order: the given URL; `redis-server` or `valkey-server` on the path, started
 * privately; on Debian and Ubuntu as root, after installing it. Never an imitation.
 *
 * @throws saying what is wrong with the given server, or the line that installs Redis on this system.
 */
export async function findOrStartRedis(options: FindOptions): Promise<UsableRedis> {
  if (options.url !== undefined) {
    return { url: options.url, facts: await check(options.url, options), stop: async () => {} };
  }
  let command = await findOnPath(serverNames, options.path);
  if (command === undefined) {
    if (!(await canInstall(options.path))) throw new Error(await installAdvice());
    options.onProgress?.("Redis is not on this machine: installing it with apt-get (about half a minute)");
    await install();
    command = await findOnPath(serverNames, `${options.path}${delimiter}/usr/bin`);
    if (command === undefined) throw new Error(await installAdvice());
  }
  const { home, onProgress, brief = false, signal } = options;
  const server = await startPrivateServer({ command, home, onProgress, brief, signal });
  try {
    return { url: server.url, facts: await check(server.url, options), server, stop: server.stop };
  } catch (error) {
    await server.stop();
    throw error;
  }
}

function check(url: string, options: Partial<FindOptions>): Promise<ServerFacts> {
  return checkServer(url, options);
}

async function findOnPath(names: readonly string[], path: string): Promise<string | undefined> {
  for (const name of names) {
    for (const folder of path.split(delimiter).filter((part) => part !== "")) {
      const candidate = join(folder, name);
      if (
        await access(candidate, constants.X_OK).then(
          () => true,
          () => false,
        )
      )
        return candidate;
    }
  }
  return undefined;
}

async function canInstall(path: string): Promise<boolean> {
  return process.getuid?.() === 0 && (await findOnPath(["apt-get"], path)) !== undefined;
}

async function install(): Promise<void> {
  // invoke-rc.d takes this for single-user mode and starts no system-wide server, which nobody asked for.
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive", RUNLEVEL: "1" };
  const run = (args: string[]) =>
    new Promise<void>((resolve, reject) => {
      let output = "";
      const child = spawn("apt-get", args, { env, stdio: ["ignore", "pipe", "pipe"] });
      child.stdout.on("data", (data) => (output += data));
      child.stderr.on("data", (data) => (output += data));
      child.once("error", reject);
      child.once("close", (code) =>
        code === 0
          ? resolve()
          : reject(new Error(`apt-get ${args.join(" ")} failed: ${output.trim().split("\n").at(-1)}`)),
      );
    });
  const installing = ["install", "-y", "--no-install-recommends", "redis-server"];
  // The package list of a machine that has been up for long is good enough more often than not.
  await run(installing).catch(async () => {
    await run(["update"]);
    await run(installing);
  });
}

async function installAdvice(): Promise<string> {
  const release = await readFile("/etc/os-release", "utf8").catch(() => "");
  const family = `${/^ID=(.*)$/m.exec(release)?.[1] ?? ""} ${/^ID_LIKE=(.*)$/m.exec(release)?.[1] ?? ""}`;
  const system = process.platform === "linux" ? family : process.platform;
  const line =
    installLines.find(([name]) => name.test(system))?.[1] ??
    "install redis-server or valkey-server with your package manager";
  return `Precis needs Redis 6.2 or later (or Valkey), and none was found. Install it: ${line}. Or point REDIS_URL at one.`;
}
