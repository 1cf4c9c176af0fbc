import type { Config } from "@precis/config";

/** Whether an address or host name can only mean this machine. */
export function isLoopback(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, "").toLowerCase();
  return bare === "localhost" || bare === "::1" || /^127(\.\d{1,3}){3}$/.test(bare);
}

/** Whether requests need an API key: decided by the setting, the listening address and whether any key exists. */
export function requiresApiKey({ auth, host }: Pick<Config, "auth" | "host">, keyCount: number): boolean {
  if (auth !== "auto") return auth === "keys";
  return keyCount > 0 || !isLoopback(host);
}

/**
 * Why the API must not start with these settings, or `undefined` when it may: reachable from other machines and without
 * keys, either no one or everyone would have access, and neither is likely intended.
 */
export function startRefusal({ auth, host }: Pick<Config, "auth" | "host">, keyCount: number): string | undefined {
  if (auth !== "auto" || keyCount > 0 || isLoopback(host)) return undefined;
  return (
    `HOST=${host} can be reached from other machines and there are no API keys. Create one with ` +
    "`precis keys create --role admin`, or listen on HOST=127.0.0.1, or set AUTH=none to allow everyone on purpose."
  );
}
