import { createClient, type PrecisClient } from "@precis/client";
import { loadSettings } from "@precis/config";
import { findHttpAddressIssue, omitUndefined } from "@precis/contracts";
import { UsageError } from "../usage-error.js";
import type { ApiOptions } from "./api-options.js";

/** The client for `--url` and `--key`, else `PRECIS_URL` and `PRECIS_KEY`, else this machine. */
export function clientFor(values: ApiOptions, env: NodeJS.ProcessEnv): PrecisClient {
  const settings = loadSettings(env, ["apiUrl", "apiKey", "port"]);
  const issue =
    values.url === undefined
      ? undefined
      : findHttpAddressIssue(values.url, { credentials: "give the API key with --key" });
  if (issue !== undefined) throw new UsageError(`--url ${issue}`);
  // As in the settings, an empty one counts as absent.
  const key = values.key || settings.apiKey;
  if (key !== undefined && !/^[\x21-\x7e]+$/.test(key)) {
    throw new UsageError("--key must be one API key, without spaces or line breaks");
  }
  const url = values.url ?? settings.apiUrl ?? `http://127.0.0.1:${settings.port || 8000}`;
  // A person waits: three attempts rather than five.
  return createClient({ url, retries: 2, ...omitUndefined({ key }) });
}
