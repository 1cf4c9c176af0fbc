import { splitAddress } from "./address-parts.js";

export interface HttpAddressRules {
  /** Whether a user name and a password may be part of it; else the sentence that says where they belong. */
  credentials: true | string;
  /** Whether it may have a query; not where paths are appended to it. */
  query?: boolean;
}

/** Why a text is not the address of an HTTP server, as the rest of a sentence that begins with the setting's name. */
export function findHttpAddressIssue(
  text: string,
  { credentials, query = false }: HttpAddressRules,
): string | undefined {
  if (!/^https?:\/\//i.test(text)) return "must begin with https:// or http://";
  const parts = splitAddress(text);
  if ("issue" in parts) return parts.issue;
  if (parts.host === "") return "must have a host, such as https://example.com";
  if (credentials !== true && (parts.userName !== undefined || parts.password !== undefined)) {
    return `must not contain a user name or a password; ${credentials}`;
  }
  if (!query && text.includes("?")) return "must not have parameters (?): paths are appended to it";
  return undefined;
}
