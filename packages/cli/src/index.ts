import { summarize } from "./summarize.js";
import { up } from "./up.js";

const usage = `Usage:
  precis up                                       start Redis, the API and a worker
  precis summarize FILE|- [--model bart|t5] [--max-length N] [--min-length N] [--json]

PRECIS_URL says where the API is (default http://127.0.0.1:8000).
Exit codes: 0 done, 1 it failed, 2 wrong usage.`;

/** Runs one command; resolves with the exit code. */
export async function main(args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const [command, ...rest] = args;
  try {
    if (command === "up") return await up(env);
    if (command === "summarize") return await summarize(rest, env);
  } catch (error) {
    console.error(`precis: ${(error as Error).message}`);
    return 1;
  }
  const asked = command === "help" || command === "--help";
  (asked ? console.log : console.error)(usage);
  return asked ? 0 : 2;
}
