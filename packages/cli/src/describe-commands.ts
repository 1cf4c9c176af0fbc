import type { Command, Option } from "commander";
import { createProgram } from "./program.js";

/** The page of the docs about the command line, as Markdown, generated from the commands themselves. */
export function describeCommands(): string {
  const program = createProgram({}, () => {});
  const commands = program.commands.flatMap((command) => [command, ...command.commands]);
  // A command that only holds others has nothing to run.
  const runnable = commands.filter(
    (command) => command.commands.length === 0 || command.registeredArguments.length > 0,
  );
  return `# Command line

For everyone who uses Precis from a shell. In the repository: \`npx precis …\`, or \`node packages/cli/bin/precis.js …\`.

<!-- Generated from packages/cli/src by \`npm run docs\`; edit it there. -->

| command | what it does |
| --- | --- |
${runnable.map((command) => `| [\`${nameOf(command)}\`](#${anchorOf(command)}) | ${command.summary()} |`).join("\n")}

Each command has \`--help\`; \`precis --version\` prints the version. \`--url\` or \`PRECIS_URL\` says where the API is, \`--key\`
or \`PRECIS_KEY\` is the API key. \`keys\` and \`webhooks\` need neither: they work on Redis itself (\`REDIS_URL\`, or the private
server in \`PRECIS_HOME\`). \`models\` works on files.

Results go to standard output, everything else to standard error, and an error is one line.

## Exit codes

| exit code | meaning |
| --- | --- |
| 0 | done |
| 1 | it failed: the job, the command on one of the workers, or something unexpected |
| 2 | wrong usage, or input the API rejects |
| 3 | no answer from the API |
| 4 | missing or invalid API key, or one without the role |
| 5 | busy (queue full, too many requests, Redis unavailable), also after several attempts |
| 130 | Ctrl-C while \`summarize\` waited: the job goes on, and the line on standard error says its id |

${runnable.map(describeCommand).join("\n")}`;
}

function describeCommand(command: Command): string {
  const { options, registeredArguments: given } = command;
  const sentence = command.description() || `${command.summary().replace(/^./, (letter) => letter.toUpperCase())}.`;
  const rows = [
    ...given.map((argument) => [argumentOf(argument), argument.description] as const),
    ...options.map((option) => [option.flags, describeOption(option)] as const),
  ].map(([name, text]) => `| \`${escapePipes(name)}\` | ${escapePipes(text)} |`);
  return [
    `## ${nameOf(command)}`,
    "",
    sentence,
    "",
    "```sh",
    [nameOf(command), ...given.map(argumentOf), ...(options.length > 0 ? ["[options]"] : [])].join(" "),
    "```",
    "",
    ...(rows.length === 0 ? [] : ["| argument | |", "| --- | --- |", ...rows, ""]),
  ].join("\n");
}

function describeOption({ description, defaultValue, mandatory }: Option): string {
  if (mandatory) return `${description}; required`;
  return defaultValue === undefined ? description : `${description} (default: ${String(defaultValue)})`;
}

const argumentOf = (argument: { name(): string; required: boolean; variadic: boolean }) => {
  const name = `${argument.name()}${argument.variadic ? "..." : ""}`;
  return argument.required ? `<${name}>` : `[${name}]`;
};

const nameOf = (command: Command): string =>
  command.parent === null ? command.name() : `${nameOf(command.parent)} ${command.name()}`;

const anchorOf = (command: Command) => nameOf(command).replaceAll(" ", "-");

const escapePipes = (text: string) => text.replaceAll("|", "\\|");
