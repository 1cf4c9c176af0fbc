import { version } from "@precis/config";
import { Command } from "commander";
import { addKeysCommands } from "./keys/keys-commands.js";
import { addModelsCommands } from "./models/models-commands.js";
import { addRemoteCommands } from "./remote/remote-commands.js";
import { createRunAction } from "./run-action.js";

/** The command line: every command with its arguments and options. `docs/reference/cli.md` is generated from it. */
export function createProgram(env: NodeJS.ProcessEnv, onExit: (code: number) => void): Command {
  const run = createRunAction(env, onExit);
  const program = new Command("precis")
    .description("Summarization as a job queue that gives its memory back.")
    .version(version, "--version", "print the version")
    .helpOption("--help", "show help")
    .helpCommand("help [command]", "show help for a command")
    // An option after a subcommand belongs to that subcommand.
    .enablePositionalOptions()
    .configureHelp({ showGlobalOptions: false })
    // Every command that is added below inherits these.
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(asOneLine(text)) });

  program
    .command("up")
    .summary("start Redis, the API and a worker")
    .description("Start Redis, the API and the workers, and run until Ctrl-C; what `npm start` does.")
    .action(
      run(async () => {
        const { up } = await import("./up.js");
        return (_, env) => up(env);
      }),
    );
  addRemoteCommands(program, run);
  addKeysCommands(program, run);
  program
    .command("doctor")
    .summary("find what is wrong, and say what to do about it")
    .description(
      "Check settings, Redis, clock, port, device, model files, memory and workers. The exit code is 0 only when nothing is wrong.",
    )
    .option("--url <url>", "where the API is (PRECIS_URL)")
    .option("--acl", "print the line that creates a Redis user with the least rights, for REDIS_PREFIX")
    .option("--json", "print the findings as JSON")
    .action(run(async () => (await import("./doctor/doctor.js")).doctor));
  addModelsCommands(program, run);
  return program;
}

/** "error: unknown command 'sumarize'\n(Did you mean summarize?)" on one line, as every error of the command line. */
function asOneLine(text: string): string {
  return `precis: ${text
    .replace(/^error: /, "")
    .trim()
    .replace(/\s*\n\s*/g, " ")}\n`;
}
