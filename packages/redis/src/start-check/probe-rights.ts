import type { Redis } from "ioredis";
import { explainFailure } from "./explain-failure.js";
import { argumentsOf, rightOf, usedCommands } from "./rights.js";
import type { ServerProblem } from "./server-problem.js";

export interface ProbeOptions {
  url: string;
  /** As messages name the server. */
  server: string;
  /** As messages name the user. */
  user: string;
  prefix: string;
  /** Rights that are known to be missing already. */
  denied: ReadonlySet<string>;
}

/** These cannot be sent inside a transaction that is never executed: they begin or end one, or change the connection. */
const probedOutside = ["multi", "exec", "select", "subscribe", "unsubscribe", "ping"];

/**
 * Finds out what the user may not do, without doing it: inside `MULTI` Redis checks the rights to a command, its keys and
 * its channels when it queues it, and nothing is executed until `EXEC`, which is never sent. So it also finds commands
 * that were renamed, and a server that takes no writes. The connection cannot be used for anything else afterwards.
 *
 * @param probe an open connection that nothing else uses
 * @param subscriber another one
 */
export async function findMissingRights(
  probe: Redis,
  subscriber: Redis,
  { url, server, user, prefix, ...options }: ProbeOptions,
): Promise<ServerProblem[]> {
  const denied = new Set(options.denied);
  const unknown = new Set<string>();
  const others = new Map<string, ServerProblem>();
  const keys = { readable: true, writable: true };
  let isChannelAllowed = true;
  const judge = (command: string, error: unknown) => {
    // EXEC wraps the reason.
    const message = (error as Error).message.replace(/^EXECABORT.*because of: /, "");
    const right = rightOf(command);
    // A user name may be part of the message, so the words around what is denied count.
    if (/^NOPERM.* to access .*channel/.test(message)) isChannelAllowed = false;
    else if (/^NOPERM.* to access .*key/.test(message)) {
      if (right === "get") keys.readable = false;
      if (right === "set") keys.writable = false;
    } else if (message.startsWith("NOPERM")) denied.add(right);
    else if (/^ERR unknown (sub)?command/i.test(message)) unknown.add(right);
    // A full memory is for the operator to see, and passes; EXEC alone is an error that says it may be sent.
    else if (!/^OOM|EXEC without MULTI/.test(message)) {
      const problem = message.startsWith("READONLY") ? describeReplica(server) : explainFailure(error, url);
      others.set(problem.found, problem);
    }
  };
  const send = (connection: Redis, command: string) => {
    const [name = "", ...args] = argumentsOf(command, prefix);
    return connection.call(name, ...args).catch((error: unknown) => judge(command, error));
  };

  await Promise.all(["ping", "exec"].map((command) => send(probe, command)));
  await send(probe, "multi");
  if (!denied.has("multi") && !unknown.has("multi")) {
    const queued = usedCommands.filter((command) => !probedOutside.includes(rightOf(command)));
    await Promise.all(queued.map((command) => send(probe, command)));
  }
  const channel = `${prefix}:start-check`;
  await subscriber
    .subscribe(channel)
    .then(() => subscriber.unsubscribe(channel).catch((error: unknown) => judge("unsubscribe C", error)))
    .catch((error: unknown) => judge("subscribe C", error));

  return [
    ...describeDenied({ denied, keys, isChannelAllowed, server, user, prefix }),
    ...(unknown.size === 0
      ? []
      : [
          {
            found: `${server} does not know the command${unknown.size === 1 ? "" : "s"} ${list(unknown)}`,
            advice: "do not rename or disable commands there, or use another Redis",
          },
        ]),
    ...others.values(),
  ];
}

/** One sentence for all commands that are not allowed. */
export function describeDeniedCommands(denied: ReadonlySet<string>, server: string, user: string): ServerProblem[] {
  if (denied.size === 0) return [];
  const rules = [...denied].map((right) => `+${right}`);
  return [describeMissing(`run ${list(denied)}`, rules, server, user)];
}

/** @param primary its address, where that is known */
export function describeReplica(server: string, primary = ""): ServerProblem {
  return {
    found: `${server} is a replica, which takes no writes`,
    advice: `give the address of its primary${primary === "" ? "" : `, ${primary},`} in REDIS_URL`,
  };
}

interface Denied {
  denied: ReadonlySet<string>;
  keys: { readable: boolean; writable: boolean };
  isChannelAllowed: boolean;
  server: string;
  user: string;
  prefix: string;
}

function describeDenied({ denied, keys, isChannelAllowed, server, user, prefix }: Denied): ServerProblem[] {
  const pattern = `${prefix}:*`;
  const deed = keys.readable ? "write" : keys.writable ? "read" : "read and write";
  const missing = (deeds: string, rule: string) => describeMissing(deeds, [rule], server, user);
  return [
    ...describeDeniedCommands(denied, server, user),
    ...(keys.readable && keys.writable ? [] : [missing(`${deed} the keys ${pattern}`, `~${pattern}`)]),
    ...(isChannelAllowed ? [] : [missing(`use the channels ${pattern}`, `&${pattern}`)]),
  ];
}

function describeMissing(deed: string, rules: string[], server: string, user: string): ServerProblem {
  return {
    found: `${server} does not let the user ${user} ${deed}`,
    advice: `run: ACL SETUSER ${user} ${rules.join(" ")} (\`precis doctor --acl\` prints all)`,
  };
}

const list = (rights: ReadonlySet<string>) =>
  [...rights].map((right) => right.replace("|", " ").toUpperCase()).join(", ");
