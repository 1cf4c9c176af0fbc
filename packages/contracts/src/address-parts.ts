/** What every address consists of, as it was written: nothing is decoded or checked yet. */
export interface AddressParts {
  /** In lower case, without `://`. */
  scheme: string;
  userName: string | undefined;
  password: string | undefined;
  /** Host name or IP address, IPv6 without brackets; empty when there is none. */
  host: string;
  port: number | undefined;
  /** With its leading slash, or empty. */
  path: string;
  query: URLSearchParams;
}

/** Why a text is no address: the rest of a sentence that begins with the name of the setting. Never repeats the text. */
export interface AddressIssue {
  issue: string;
}

const encodingAdvice =
  "must have special characters of its user name and password percent-encoded (% is %25, / is %2F, ? is %3F, # is %23, @ is %40)";

/**
 * Splits an address by hand: `new URL` differs between schemes, drops tabs and line breaks, and repeats the whole text,
 * password included, in its errors.
 */
export function splitAddress(text: string): AddressParts | AddressIssue {
  if (/[\s\u0000-\u001f\u007f]/.test(text)) return { issue: "must not contain spaces or control characters" };
  const match = /^([a-z][a-z0-9+.-]*):\/\/([^/?#]*)([^?#]*)(\?[^#]*)?(#.*)?$/i.exec(text);
  if (match === null) return { issue: "must begin with a scheme such as https:// or redis://" };
  const [, scheme = "", authority = "", path = "", query = "", fragment] = match;
  // The password ended too early: what is left of it, and the host, look like a path.
  if (authority !== "" && `${path}${query}${fragment ?? ""}`.includes("@")) return { issue: encodingAdvice };
  if (fragment !== undefined) return { issue: "must not have a fragment (#)" };
  const at = authority.lastIndexOf("@");
  const credentials = at < 0 ? undefined : authority.slice(0, at);
  const colon = credentials?.indexOf(":") ?? -1;
  const place = splitPlace(authority.slice(at + 1));
  if ("issue" in place) return place;
  try {
    return {
      scheme: scheme.toLowerCase(),
      userName: decode(colon < 0 ? credentials : credentials?.slice(0, colon)),
      password: colon < 0 ? undefined : decode(credentials?.slice(colon + 1)),
      ...place,
      path,
      query: new URLSearchParams(query),
    };
  } catch {
    return { issue: encodingAdvice };
  }
}

function decode(text: string | undefined): string | undefined {
  return text === undefined || text === "" ? undefined : decodeURIComponent(text);
}

function splitPlace(place: string): Pick<AddressParts, "host" | "port"> | AddressIssue {
  if ((place.match(/:/g)?.length ?? 0) > 1 && !place.startsWith("[")) {
    return { issue: "must have an IPv6 address in brackets, such as [::1]:6379" };
  }
  const [, bracketed, named, given] = /^(?:\[([0-9a-f:.]+)\]|([^:[\]]*))(?::(.*))?$/i.exec(place) ?? [];
  if (bracketed === undefined && named === undefined) return { issue: "must have a host name or an IP address" };
  const host = bracketed ?? named ?? "";
  const valid = bracketed === undefined ? /^[a-z0-9._-]*$/i.test(host) && !/^\d+$/.test(host) : isIpv6(host);
  if (!valid) {
    return { issue: "must have a host name of letters, digits, dots and dashes (xn--… for others), or an IP address" };
  }
  if (given === undefined || given === "") return { host, port: undefined };
  const port = /^\d{1,5}$/.test(given) ? Number(given) : 0;
  // The text is not repeated: where the @ is missing, it is the password.
  if (port < 1 || port > 65_535) return { issue: "must have a port from 1 to 65535 after its host" };
  return { host, port };
}

function isIpv6(text: string): boolean {
  try {
    return new URL(`http://[${text}]`).hostname !== "";
  } catch {
    return false;
  }
}
