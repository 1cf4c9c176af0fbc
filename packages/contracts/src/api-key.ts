import { z } from "zod";

/**
 * What a key may do, each role including the ones before it: `read` follows its owner's jobs and sees memory, `submit`
 * hands over work too, `admin` sees everybody's jobs and controls memory, board and metrics.
 */
export const keyRoles = ["read", "submit", "admin"] as const;
export const keyRoleSchema = z.enum(keyRoles);
export type KeyRole = z.infer<typeof keyRoleSchema>;

/** Whether a key of role `held` may do what needs `needed`. */
export function roleAllows(held: KeyRole, needed: KeyRole): boolean {
  return keyRoles.indexOf(held) >= keyRoles.indexOf(needed);
}

/** Whose jobs a key sees: letters, digits, dot, dash and underscore, at most 64. */
export const keyOwnerSchema = z
  .string()
  .regex(/^[\w.-]{1,64}$/, { error: "must consist of 1 to 64 letters, digits, dots, dashes or underscores" });

/** What Redis holds about a key. Its secret is not among it: only a SHA-256 hash of the whole key. */
export const keyRecordSchema = z.object({
  /** The part of the key that is not secret, by which it is listed and revoked. */
  prefix: z.string(),
  /** SHA-256 of the whole key, hexadecimal. */
  hash: z.string().length(64),
  role: keyRoleSchema,
  /** Jobs belong to owners; keys of the same owner see the same jobs. */
  owner: keyOwnerSchema,
  /** What a person called it. */
  name: z.string(),
  created_at: z.iso.datetime(),
});
export type KeyRecord = z.infer<typeof keyRecordSchema>;
