import { readFileSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { checkServer, findServerProblems } from "./check-server.js";
import { connect, type Redis } from "./connection.js";
import { describeRights, rightOf, usedCommands } from "./start-check/rights.js";
import { freePort, startServer, type TestServer } from "./testing/start-server.js";

let server: TestServer;
let admin: Redis;
const closing: (() => unknown)[] = [];

beforeAll(async () => {
  server = await startServer();
  admin = await connect(server.url, "background");
});
afterAll(async () => {
  admin.disconnect();
  await server.stop();
});
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** Every problem as the sentence a process prints. */
async function problemsOf(url: string, prefix = "precis"): Promise<string[]> {
  const { problems } = await findServerProblems(url, { prefix });
  const sentences = problems.map(({ found, advice }) => `${found}; ${advice}`);
  for (const sentence of sentences) expect(sentence).not.toMatch(/\n|hunter2/);
  return sentences;
}

async function start(lines: string[], args: string[] = []): Promise<TestServer> {
  const started = await startServer(lines, args);
  closing.push(started.stop);
  return started;
}

/** Something on a port that is no Redis. */
async function listen(answer: (socket: Socket) => void, create = createServer as (handler: typeof answer) => Server) {
  const sockets = new Set<Socket>();
  const other = create((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    answer(socket);
  });
  await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
  closing.push(() => {
    for (const socket of sockets) socket.destroy();
    other.close();
  });
  return (other.address() as { port: number }).port;
}

/** The address of the server for a user with the printed rights, and then these rules. */
async function userWith(...rules: string[]): Promise<string> {
  const [, , ...line] = describeRights("precis", "app", "hunter2").split(" ");
  await admin.call("ACL", "SETUSER", ...line, ...rules);
  return `redis://app:hunter2@127.0.0.1:${server.port}`;
}

it("finds nothing wrong with a server that can be used, and leaves nothing behind", async () => {
  expect(await problemsOf(server.url)).toEqual([]);
  expect(await problemsOf(`${server.url}/15`)).toEqual([]);
  expect(await admin.dbsize()).toBe(0);
  await expect(checkServer(server.url, { prefix: "precis" })).resolves.toMatchObject({ product: "Redis" });
});

it("the rights that are printed are enough, and with any of them taken away it is named in one sentence", async () => {
  expect(await problemsOf(await userWith())).toEqual([]);
  // Before version 7 the right to a subcommand can be given but not taken away.
  const { version } = await checkServer(server.url);
  const rights = usedCommands.map(rightOf).filter((right) => !right.includes("|") || Number.parseInt(version, 10) >= 7);
  for (const right of rights) {
    // A database makes SELECT necessary.
    const url = `${await userWith(`-${right}`)}/1`;
    const [problem = "", ...others] = await problemsOf(url);
    expect(others, right).toEqual([]);
    expect(problem).toContain(`let the user app run ${right.replace("|", " ").toUpperCase()}; `);
    expect(problem).toContain(`ACL SETUSER app +${right} `);
  }
});

it("keys and channels that are not allowed are named", async () => {
  expect(await problemsOf(await userWith("resetkeys"))).toEqual([
    expect.stringMatching(/read and write the keys precis:\*; .* ~precis:\*/),
  ]);
  expect(await problemsOf(await userWith("resetkeys", "%R~*"))).toEqual([
    expect.stringMatching(/app write the keys precis:\*/),
  ]);
  expect(await problemsOf(await userWith("resetchannels"))).toEqual([
    expect.stringMatching(/use the channels precis:\*; .* &precis:\*/),
  ]);
  expect(await problemsOf(await userWith(), "other")).toEqual([
    expect.stringMatching(/keys other:\*/),
    expect.stringMatching(/channels other:\*/),
  ]);
  expect(await problemsOf(await userWith("-@all"))).toEqual([
    expect.stringMatching(/run INFO, PING, EXEC, MULTI, SUBSCRIBE/),
  ]);
});

it("says what is wrong with user name and password", async () => {
  await userWith();
  expect(await problemsOf(`redis://app:wrong@127.0.0.1:${server.port}`)).toEqual([
    expect.stringMatching(/refuses the user name or the password/),
  ]);
  const locked = await start(["requirepass hunter2"]);
  expect(await problemsOf(locked.url)).toEqual([expect.stringMatching(/asks for a password/)]);
  expect(await problemsOf(`redis://:wrong@127.0.0.1:${locked.port}`)).toEqual([
    expect.stringMatching(/refuses the password/),
  ]);
  expect(await problemsOf(`redis://:hunter2@127.0.0.1:${locked.port}`)).toEqual([]);
});

it("says how many databases there are", async () => {
  expect(await problemsOf(`${server.url}/99`)).toEqual([
    expect.stringMatching(/has no database 99: it has 16, from 0 to 15/),
  ]);
});

it("says why a server cannot be reached", async () => {
  const port = await freePort();
  expect(await problemsOf(`redis://127.0.0.1:${port}`)).toEqual([expect.stringMatching(/the connection is refused/)]);
  expect(await problemsOf("redis://no-such-host.invalid")).toEqual([expect.stringMatching(/no-such-host\.invalid/)]);
  expect(await problemsOf("unix:///nowhere/redis.sock")).toEqual([expect.stringMatching(/no such socket/)]);
  const http = await listen((socket) => socket.once("data", () => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n")));
  expect(await problemsOf(`redis://127.0.0.1:${http}`)).toEqual([
    expect.stringMatching(/does not speak the protocol of Redis/),
  ]);
  const closes = await listen((socket) => socket.destroy());
  expect(await problemsOf(`redis://127.0.0.1:${closes}`)).toEqual([
    expect.stringMatching(/closes the connection at once/),
  ]);
  const silent = await listen(() => {});
  expect(await problemsOf(`redis://127.0.0.1:${silent}`)).toEqual([
    expect.stringMatching(/no answer within the time allowed/),
  ]);
  const denies = await listen((socket) => socket.end("-DENIED Redis is running in protected mode.\r\n"));
  expect(await problemsOf(`redis://127.0.0.1:${denies}`)).toEqual([expect.stringMatching(/protected mode/)]);
});

it("says what is wrong with TLS", async () => {
  const fixture = (name: string) => readFileSync(new URL(`../../../test/fixtures/tls/${name}.pem`, import.meta.url));
  const options = { key: fixture("key"), cert: fixture("cert") };
  const tls = await listen(
    () => {},
    (handler) => createTlsServer(options, handler).on("tlsClientError", (_, socket) => socket.destroy()),
  );
  expect(await problemsOf(`rediss://localhost:${tls}`)).toEqual([
    expect.stringMatching(/certificate that this machine does not trust; set NODE_EXTRA_CA_CERTS/),
  ]);
  expect(await problemsOf(`redis://127.0.0.1:${tls}`)).toEqual([
    expect.stringMatching(/closes the connection.*rediss:/),
  ]);
  const plain = await listen((socket) => socket.end("-ERR no\r\n"));
  expect(await problemsOf(`rediss://127.0.0.1:${plain}`)).toEqual([expect.stringMatching(/does not speak TLS/)]);
});

it("sends the host as server name", async () => {
  const names: (string | undefined)[] = [];
  const port = await listen(
    () => {},
    (handler) =>
      createTlsServer(
        {
          SNICallback: (name, done) => {
            names.push(name);
            done(new Error("none"));
          },
        },
        handler,
      ),
  );
  await problemsOf(`rediss://localhost:${port}`);
  expect(names).toEqual(["localhost"]);
});

it("recognizes a replica, a Sentinel, a Cluster, an eviction policy and commands that were renamed", async () => {
  const replica = await start([`replicaof 127.0.0.1 ${server.port}`]);
  expect(await problemsOf(replica.url)).toEqual([
    expect.stringContaining(
      `is a replica, which takes no writes; give the address of its primary, 127.0.0.1:${server.port},`,
    ),
  ]);
  const sentinel = await start([`sentinel monitor main 127.0.0.1 ${server.port} 1`], ["--sentinel"]);
  expect(await problemsOf(`${sentinel.url}/3`)).toEqual([
    expect.stringMatching(/is a Sentinel, which is not supported yet; give/),
  ]);
  const cluster = await start(["cluster-enabled yes"]);
  expect(await problemsOf(cluster.url)).toEqual([
    expect.stringMatching(/Redis Cluster, which is not supported yet; use/),
  ]);
  const other = await start(["maxmemory-policy allkeys-lru", 'rename-command EVAL ""', 'rename-command INFO ""']);
  expect(await problemsOf(other.url)).toEqual([
    expect.stringMatching(/maxmemory-policy allkeys-lru.*CONFIG SET maxmemory-policy noeviction/),
    expect.stringMatching(/does not know the commands INFO, EVAL/),
  ]);
});

it("what can be found out without INFO is", async () => {
  const replica = await start([`replicaof 127.0.0.1 ${server.port}`, "user app on >hunter2 ~* &* +@all -info -config"]);
  expect(await problemsOf(`redis://app:hunter2@127.0.0.1:${replica.port}`)).toEqual([
    expect.stringMatching(/is a replica/),
    expect.stringMatching(/run INFO/),
  ]);
});

it("waits for a server that is loading its data, and says so", async () => {
  let isLoading = true;
  const port = await listen((socket) =>
    socket.on("data", (data) => {
      const command = /\r\n([A-Z]+)\r\n/i.exec(String(data))?.[1]?.toUpperCase();
      const info = `redis_version:7.2.0\r\nmaxmemory_policy:noeviction\r\nloading:${isLoading ? 1 : 0}\r\nloading_loaded_perc:41.7\r\n`;
      socket.write(command === "INFO" ? `$${info.length}\r\n${info}\r\n` : "+OK\r\n");
    }),
  );
  const url = `redis://127.0.0.1:${port}`;
  expect(await problemsOf(url)).toEqual([expect.stringMatching(/still loading its data \(42 % done\); wait/)]);
  const facts = await checkServer(url, {
    onProgress: (message) => {
      expect(message).toMatch(/is loading its data \(42 % done\); waiting/);
      isLoading = false;
    },
  });
  expect(isLoading).toBe(false);
  expect(facts.version).toBe("7.2.0");
});

it("a version that is too old is refused", async () => {
  const port = await listen((socket) =>
    socket.on("data", (data) => {
      const info = "redis_version:6.0.16\r\nmaxmemory_policy:noeviction\r\n";
      socket.write(/INFO/i.test(String(data)) ? `$${info.length}\r\n${info}\r\n` : "+OK\r\n");
    }),
  );
  await expect(checkServer(`redis://127.0.0.1:${port}`)).rejects.toThrow(/is version 6\.0\.16, and Precis needs 6\.2/);
});
