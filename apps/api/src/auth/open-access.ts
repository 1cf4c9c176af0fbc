import type { Config } from "@precis/config";

/** Whether an address or name can only mean this machine. */
export function isLoopback(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, "").toLowerCase();
  return bare === "localhost" || bare === "::1" || /^127(\.\d{1,3}){3}$/.test(bare);
}

/** Whether requests need a key, by the setting, the address listened on and whether any key exists. */
export function demandsKeys({ auth, host }: Pick<Config, "auth" | "host">, keyCount: number): boolean {
  if (auth !== "auto") return auth === "keys";
  return keyCount > 0 || !isLoopback(host);
}

/**
 * Why the API must not start like this, or `undefined` when it may: off loopback and without keys nobody could get in,
 * or everybody, and neither is likely meant.
 */
export function refusalToStart({ auth, host }: Pick<Config, "auth" | "host">, keyCount: number): string | undefined {
  if (auth !== "auto" || keyCount > 0 || isLoopback(host)) return undefined;
  return (
    `HOST=${host} can be reached from other machines and there are no API keys. Create one with ` +
    "`precis keys create --role admin`, or listen on HOST=127.0.0.1, or set AUTH=none to let everybody in on purpose."
  );
}
