import { z } from "zod";

/**
 * Roles of API keys, each including the previous ones: `read` sees the jobs of its owner and memory, `submit` submits and
 * changes jobs, `admin` sees all jobs and controls memory, board and metrics.
 */
export const keyRoles = ["read", "submit", "admin"] as const;
export const keyRoleSchema = z.enum(keyRoles);
export type KeyRole = z.infer<typeof keyRoleSchema>;

/** Whether a key with the role `held` may do what requires the role `needed`. */
export function roleAllows(held: KeyRole, needed: KeyRole): boolean {
  return keyRoles.indexOf(held) >= keyRoles.indexOf(needed);
}

/** Owner of jobs: 1 to 64 letters, digits, dots, dashes or underscores. */
export const keyOwnerSchema = z
  .string()
  .regex(/^[\w.-]{1,64}$/, { error: "must consist of 1 to 64 letters, digits, dots, dashes or underscores" });

/** Record of an API key in Redis. It does not contain the secret, only a SHA-256 hash of the whole key. */
export const keyRecordSchema = z.object({
  /** The public part of the key, which lists it and revokes it. */
  prefix: z.string(),
  /** SHA-256 of the whole key, hexadecimal. */
  hash: z.string().length(64),
  role: keyRoleSchema,
  /** Keys of the same owner see the same jobs. */
  owner: keyOwnerSchema,
  /** Display name. */
  name: z.string(),
  created_at: z.iso.datetime(),
});
export type KeyRecord = z.infer<typeof keyRecordSchema>;
