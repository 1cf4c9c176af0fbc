import { CommanderError } from "commander";
import { exitCodeOf, oneLine } from "./exit-code.js";
import { createProgram } from "./program.js";

export { describeCommands } from "./describe-commands.js";

/** Runs one command; resolves with the exit code. */
export async function main(args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  let exitCode = 0;
  const program = createProgram(env, (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync([...args], { from: "user" });
    return exitCode;
  } catch (error) {
    // Already printed: help or the version, or what is wrong with the command line.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    console.error(`precis: ${oneLine(error)}`);
    return exitCodeOf(error);
  }
}
