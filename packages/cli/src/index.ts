import { keys } from "./keys/keys.js";
import { models } from "./models/models.js";
import { summarize } from "./summarize.js";
import { up } from "./up.js";
import { UsageError } from "./usage-error.js";
import { webhooks } from "./webhooks.js";

const usage = `Usage:
  precis up                                       start Redis, the API and a worker
  precis summarize FILE|- [--model bart|t5] [--max-length N] [--min-length N] [--json]
  precis keys create [--name NAME] [--role read|submit|admin] [--owner OWNER] | list | revoke PREFIX
  precis webhooks secret | rotate                 show the webhooks' secret, or replace it
  precis models list | verify | pull [--set NAME|MANIFEST]

PRECIS_URL says where the API is (default http://127.0.0.1:8000).
Exit codes: 0 done, 1 it failed, 2 wrong usage.`;

/** Runs one command; resolves with the exit code. */
export async function main(args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const [command, ...rest] = args;
  try {
    if (command === "up") return await up(env);
    if (command === "summarize") return await summarize(rest, env);
    if (command === "models") return await models(rest, env);
    if (command === "keys") return await keys(rest, env);
    if (command === "webhooks") return await webhooks(rest, env);
  } catch (error) {
    console.error(`precis: ${(error as Error).message}`);
    return isUsageError(error) ? 2 : 1;
  }
  const asked = command === "help" || command === "--help";
  (asked ? console.log : console.error)(usage);
  return asked ? 0 : 2;
}

/** Ours, or one of `parseArgs`. */
function isUsageError(error: unknown): boolean {
  return error instanceof UsageError || /^ERR_PARSE_ARGS/.test((error as { code?: string }).code ?? "");
}
