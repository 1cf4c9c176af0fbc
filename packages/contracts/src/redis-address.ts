import { type AddressIssue, type AddressParts, splitAddress } from "./address-parts.js";

/** Where a Redis is and how to log in there. */
export type RedisAddress = ({ host: string; port: number; tls: boolean } | { path: string }) & {
  userName?: string;
  password?: string;
  database: number;
};

/** Redis counts its databases in 32 bits. */
const maxDatabase = 2 ** 31 - 1;

const databaseIssue = "must have a whole number as its database, such as redis://host:6379/3 or unix:///path?db=3";

/**
 * Parses `redis://user:password@host:port/database`, the same with `rediss://` for TLS, and `unix:///path` (or the bare
 * path) of a socket. The database can also be given as `?db=3`, as redis-py writes it.
 */
export function parseRedisAddress(text: string): RedisAddress | AddressIssue {
  if (text.startsWith("/")) return { path: text, database: 0 };
  if (/^unix:/i.test(text)) return parseSocket(text);
  if (/^[\w+.-]*sentinel[\w+.-]*:\/\//i.test(text)) {
    return { issue: "must be the address of a Redis, redis://host:port; Sentinel is not supported yet" };
  }
  if (!/^rediss?:\/\//i.test(text)) return { issue: "must begin with redis://, rediss:// or unix://" };
  if (/^rediss?:\/\/[^/?#]*,/i.test(text.replace(/\/\/[^/?#]*@/, "//"))) {
    return { issue: "must name one host; several, of a Sentinel or a Cluster, are not supported yet" };
  }
  const parts = splitAddress(text);
  if ("issue" in parts) return parts;
  if (parts.host === "") return { issue: "must have a host, such as redis://127.0.0.1:6379" };
  // A slash at the end changes nothing.
  const path = /^\/(.*?)\/?$/.exec(parts.path)?.[1] ?? "";
  const database = readDatabase(parts.query, path === "" ? undefined : path);
  if (typeof database !== "number") return database;
  const credentials = readCredentials(parts);
  if ("issue" in credentials) return credentials;
  return { host: parts.host, port: parts.port ?? 6379, tls: parts.scheme === "rediss", ...credentials, database };
}

/** The path is taken as it is, `%` and `#` included; a query can only come after its last slash. */
function parseSocket(text: string): RedisAddress | AddressIssue {
  const [, authority = "", path = "", query = ""] = /^unix:\/\/([^/]*)(\/.*?)?(\?[^/]*)?$/is.exec(text) ?? [];
  if (path === "" || (authority !== "" && !authority.endsWith("@"))) {
    return { issue: "must have an absolute path, such as unix:///run/redis.sock" };
  }
  const parts = splitAddress(`unix://${authority}`);
  if ("issue" in parts) return parts;
  const credentials = readCredentials(parts);
  if ("issue" in credentials) return credentials;
  const database = readDatabase(new URLSearchParams(query), undefined);
  return typeof database === "number" ? { path, ...credentials, database } : database;
}

function readDatabase(query: URLSearchParams, path: string | undefined): number | AddressIssue {
  const unknown = [...query.keys()].find((name) => name !== "db");
  if (unknown !== undefined) {
    const shown = /^\w{1,30}$/.test(unknown) ? `, and not ${unknown}` : "";
    return { issue: `must not have other parameters than db after its ?${shown}` };
  }
  const given = [...(path === undefined ? [] : [path]), ...query.getAll("db")];
  if (!given.every((text) => /^\d{1,10}$/.test(text) && Number(text) <= maxDatabase)) return { issue: databaseIssue };
  const numbers = new Set(given.map(Number));
  if (numbers.size > 1) return { issue: "must name one database, and not two different ones" };
  return [...numbers][0] ?? 0;
}

function readCredentials({
  userName,
  password,
}: AddressParts): Pick<RedisAddress, "userName" | "password"> | AddressIssue {
  if (userName !== undefined && password === undefined) {
    return { issue: "must have a password after its user name, as in redis://user:password@host" };
  }
  return { ...(userName === undefined ? {} : { userName }), ...(password === undefined ? {} : { password }) };
}
