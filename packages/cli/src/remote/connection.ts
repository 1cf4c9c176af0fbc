import { createClient, type PrecisClient } from "@precis/client";

/** Options of every command that talks to the API. */
export const connectionOptions = {
  url: { type: "string" },
  key: { type: "string" },
  json: { type: "boolean", default: false },
} as const;

/** The client for `--url` and `--key`, else `PRECIS_URL` and `PRECIS_KEY`, else this machine. */
export function clientFor(values: { url?: string; key?: string }, env: NodeJS.ProcessEnv): PrecisClient {
  const url = values.url ?? env.PRECIS_URL ?? `http://127.0.0.1:${env.PORT || 8000}`;
  const key = values.key ?? env.PRECIS_KEY;
  // A person waits: three attempts rather than five.
  return createClient({ url, retries: 2, ...(key === undefined || key === "" ? {} : { key }) });
}
