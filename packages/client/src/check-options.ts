/** A day: longer than anything is waited for, and below the 24.8 days at which timers overflow and fire at once. */
export const maxMs = 86_400_000;
export const maxSeconds = 86_400;

/** @throws {RangeError} naming the option, what was given and what is allowed */
export function checkNumber(option: string, value: number, min: number, max: number): number {
  if (typeof value === "number" && value >= min && value <= max) return value;
  throw new RangeError(`${option} must be a number from ${min} to ${max} (got ${show(value)})`);
}

/** @throws {RangeError} naming the option, what was given and what is allowed */
export function checkInteger(option: string, value: number, min: number, max: number): number {
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw new RangeError(`${option} must be a whole number from ${min} to ${max} (got ${show(value)})`);
}

/**
 * The address without its trailing slashes.
 *
 * @throws {TypeError} that does not repeat the address, which may hold a password
 */
export function checkUrl(url: string): string {
  const parsed = typeof url === "string" && /^https?:\/\/[^\s/]/i.test(url) ? parse(url) : undefined;
  if (parsed === undefined) throw new TypeError("url must be an address that begins with https:// or http://");
  if (parsed.username !== "" || parsed.password !== "") {
    throw new TypeError("url must not contain a user name or a password; give the API key as the option key");
  }
  if (/[?#]/.test(url)) throw new TypeError("url must not have parameters (?) or a fragment (#)");
  return url.replace(/\/+$/, "");
}

/** @throws {TypeError} that does not repeat the key */
export function checkKey(key: string): string {
  if (typeof key === "string" && /^[\x21-\x7e]+$/.test(key)) return key;
  throw new TypeError("key must be one API key, without spaces or line breaks");
}

function parse(url: string): URL | undefined {
  try {
    return new URL(url);
  } catch {
    return undefined;
  }
}

const show = (value: unknown) => (typeof value === "number" ? String(value) : typeof value);
