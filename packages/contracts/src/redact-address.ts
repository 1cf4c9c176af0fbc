const scheme = /^\s*[a-z][a-z0-9+.-]*:\/\//i;

/**
 * An address without what may be secret: user name and password (a token can be in either place) and the values of its
 * query. It works on addresses that cannot be parsed too: everything up to the last `@` goes, since a password that is
 * not percent-encoded may contain `/`, `?`, `#` and `@`.
 */
export function redactAddress(address: string): string {
  const start = scheme.exec(address)?.[0] ?? "";
  let rest = address.slice(start.length);
  // The absolute path of a socket has no user name before it.
  const isSocket = /^(\s*unix:\/\/)?$/i.test(start) && /^\/(?!\/)/.test(rest);
  const credentialsEnd = isSocket ? -1 : rest.lastIndexOf("@");
  if (credentialsEnd >= 0) rest = `***${rest.slice(credentialsEnd)}`;
  const [path = "", ...query] = rest.split("?");
  const shown = query
    .join("?")
    .split("&")
    .map((part) => (/^db=\d+$/.test(part) ? part : part.replace(/(^[^=]*=|^).+$/s, "$1***")))
    .join("&");
  return `${start}${path}${query.length > 0 ? `?${shown}` : ""}`;
}

/** Any text, such as the message of a library's error, with every address in it redacted. */
export function redactAddresses(text: string): string {
  return text.replace(/[a-z][a-z0-9+.-]*:\/\/\S+/gi, (address) => redactAddress(address));
}
