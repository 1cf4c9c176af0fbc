import { openKeyStore } from "@precis/auth";
import { type KeyRole, keyOwnerSchema, omitUndefined } from "@precis/contracts";
import { UsageError } from "../usage-error.js";
import { useRedis } from "./use-redis.js";

interface CreateOptions {
  name?: string;
  role: KeyRole;
  owner?: string;
  json?: boolean;
}

/** `precis keys create`: prints the key alone on standard output, so that it can be piped; the rest goes to standard error. */
export async function createKey(options: CreateOptions, env: NodeJS.ProcessEnv): Promise<number> {
  const { name = "", role, json } = options;
  const owner = keyOwnerSchema.optional().safeParse(options.owner);
  if (!owner.success) throw new UsageError(`--owner ${options.owner}: ${owner.error.issues[0]?.message}`);
  const { token, record } = await useRedis(env, (redis, names) =>
    openKeyStore(redis, names).create({
      role,
      name: name.slice(0, 100),
      ...omitUndefined({ owner: owner.data }),
    }),
  );
  const { hash: _, ...shown } = record;
  if (json) console.log(JSON.stringify({ key: token, ...shown }, null, 2));
  else {
    console.log(token);
    console.error(`Role ${record.role}, owner ${record.owner}. Keep it: it is not stored and never shown again.`);
  }
  return 0;
}

/** `precis keys list` */
export async function listKeys({ json }: { json?: boolean }, env: NodeJS.ProcessEnv): Promise<number> {
  const records = await useRedis(env, (redis, names) => openKeyStore(redis, names).list());
  const shown = records.map(({ hash: _, ...record }) => record);
  if (json) console.log(JSON.stringify(shown, null, 2));
  else if (shown.length === 0) console.error("There are no keys.");
  else {
    console.log(["PREFIX  ", "ROLE  ", "OWNER".padEnd(16), "CREATED".padEnd(20), "NAME"].join("  "));
    for (const { prefix, role, owner, created_at, name } of shown) {
      console.log([prefix, role.padEnd(6), owner.padEnd(16), `${created_at.slice(0, 19)}Z`, name].join("  ").trimEnd());
    }
  }
  return 0;
}

/** `precis keys revoke PREFIX` */
export async function revokeKey({ prefix: given }: { prefix: string }, env: NodeJS.ProcessEnv): Promise<number> {
  const prefix = /^precis_([^_]+)_/.exec(given)?.[1] ?? given;
  const wasRevoked = await useRedis(env, (redis, names) => openKeyStore(redis, names).revoke(prefix));
  if (!wasRevoked) throw new Error(`No key has the prefix ${prefix}; see precis keys list`);
  console.error(`Revoked ${prefix}; it stops working within three seconds.`);
  return 0;
}
