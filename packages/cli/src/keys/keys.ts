import { parseArgs } from "node:util";
import { openKeyStore } from "@precis/auth";
import { keyOwnerSchema, keyRoleSchema, keyRoles } from "@precis/contracts";
import { UsageError } from "../usage-error.js";
import { useRedis } from "./use-redis.js";

/** `precis keys create|list|revoke`: works on Redis itself, so it needs no key and no running API. */
export async function keys(args: string[], env: NodeJS.ProcessEnv): Promise<number> {
  const [action, ...rest] = args;
  if (action === "create") return create(rest, env);
  if (action === "list") return list(rest, env);
  if (action === "revoke") return revoke(rest, env);
  throw new UsageError("keys takes create, list or revoke");
}

/** Prints the key alone on standard output, so that it can be piped on; what to know about it goes to standard error. */
async function create(args: string[], env: NodeJS.ProcessEnv): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      name: { type: "string", default: "" },
      role: { type: "string", default: "submit" },
      owner: { type: "string" },
      json: { type: "boolean", default: false },
    },
  });
  const role = keyRoleSchema.safeParse(values.role);
  if (!role.success) throw new UsageError(`--role ${values.role}: must be one of ${keyRoles.join(", ")}`);
  const owner = keyOwnerSchema.optional().safeParse(values.owner);
  if (!owner.success) throw new UsageError(`--owner ${values.owner}: ${owner.error.issues[0]?.message}`);
  const { token, record } = await useRedis(env, (redis, names) =>
    openKeyStore(redis, names).create({
      role: role.data,
      name: values.name.slice(0, 100),
      ...(owner.data === undefined ? {} : { owner: owner.data }),
    }),
  );
  const { hash: _, ...shown } = record;
  if (values.json) console.log(JSON.stringify({ key: token, ...shown }, null, 2));
  else {
    console.log(token);
    console.error(`Role ${record.role}, owner ${record.owner}. Keep it: it is not stored and never shown again.`);
  }
  return 0;
}

async function list(args: string[], env: NodeJS.ProcessEnv): Promise<number> {
  const { values } = parseArgs({ args, options: { json: { type: "boolean", default: false } } });
  const records = await useRedis(env, (redis, names) => openKeyStore(redis, names).list());
  const shown = records.map(({ hash: _, ...record }) => record);
  if (values.json) console.log(JSON.stringify(shown, null, 2));
  else if (shown.length === 0) console.error("There are no keys.");
  else {
    console.log(["PREFIX  ", "ROLE  ", "OWNER".padEnd(16), "CREATED".padEnd(20), "NAME"].join("  "));
    for (const { prefix, role, owner, created_at, name } of shown) {
      console.log([prefix, role.padEnd(6), owner.padEnd(16), `${created_at.slice(0, 19)}Z`, name].join("  ").trimEnd());
    }
  }
  return 0;
}

async function revoke(args: string[], env: NodeJS.ProcessEnv): Promise<number> {
  const { positionals } = parseArgs({ args, options: {}, allowPositionals: true });
  const [given] = positionals;
  if (given === undefined || positionals.length > 1) throw new UsageError("keys revoke takes one PREFIX (or the key)");
  const prefix = /^precis_([^_]+)_/.exec(given)?.[1] ?? given;
  const gone = await useRedis(env, (redis, names) => openKeyStore(redis, names).revoke(prefix));
  if (!gone) throw new Error(`there is no key with the prefix ${prefix}; see precis keys list`);
  console.error(`Revoked ${prefix}; it stops working within three seconds.`);
  return 0;
}
