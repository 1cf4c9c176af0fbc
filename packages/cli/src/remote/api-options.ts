import type { Command } from "commander";

/** Options of every command that calls the API. */
export interface ApiOptions {
  url?: string;
  key?: string;
  json?: boolean;
}

export function addApiOptions(command: Command): Command {
  return command
    .option("--url <url>", "where the API is (PRECIS_URL; http://127.0.0.1:8000)")
    .option("--key <key>", "API key (PRECIS_KEY)")
    .option("--json", "print the whole response as JSON");
}
