import { redactAddresses } from "@precis/contracts";
import { createLogger } from "./logger.js";

/**
 * Ends a process that cannot work: one fatal line for each issue, no stack trace, exit code 1. It has a logger of its own,
 * since the settings of the other may be what is wrong.
 */
export async function refuseToStart(name: string, error: unknown): Promise<never> {
  const { issues, message } = error as { issues?: readonly string[]; message?: string };
  const log = await createLogger({ name, level: "fatal", isSync: true });
  for (const issue of issues ?? [message ?? String(error)]) log.fatal(redactAddresses(issue).replace(/\s*\n\s*/g, " "));
  process.exit(1);
}
