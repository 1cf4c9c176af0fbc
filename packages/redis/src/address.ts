import { isIP } from "node:net";
import { omitUndefined, parseRedisAddress, redactAddress } from "@precis/contracts";
import type { RedisOptions } from "ioredis";

/** The part of a connection's options that says where Redis is and who logs in. */
export type AddressOptions = Pick<RedisOptions, "host" | "port" | "path" | "username" | "password" | "db" | "tls">;

/**
 * ioredis options for a `redis://`, `rediss://` or `unix://` address.
 *
 * @throws saying what is wrong with the address, without repeating it
 */
export function addressOf(url: string): AddressOptions {
  const address = parseRedisAddress(url);
  if ("issue" in address) throw new Error(`the address of Redis (REDIS_URL) ${address.issue}`);
  const { userName, password, database } = address;
  const place =
    "path" in address
      ? { path: address.path }
      : {
          host: address.host,
          port: address.port,
          // ioredis sends no server name of its own accord, and servers behind one address choose their certificate by it.
          ...(address.tls ? { tls: isIP(address.host) === 0 ? { servername: address.host } : {} } : {}),
        };
  return {
    ...place,
    ...omitUndefined({ username: userName }),
    ...omitUndefined({ password }),
    ...(database === 0 ? {} : { db: database }),
  };
}

/** The database that an address selects. */
export const databaseOf = (url: string): number => addressOf(url).db ?? 0;

/** The address for messages and logs. */
export const withoutPassword = redactAddress;
