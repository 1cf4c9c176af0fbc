import { exitCodeOf, oneLine } from "./exit-code.js";

const usage = `Usage:
  precis up                               start Redis, the API and a worker
  precis summarize FILE|-                 print the summary of a file or of standard input
      [--model bart|t5] [--length short|medium|long] [--max-length N] [--min-length N] [--wait SECONDS]
  precis jobs [ID]                        list jobs, or show one   [--status S] [--model M] [--limit N]
  precis jobs cancel|retry|delete ID
  precis memory                           what every worker holds
  precis unload [MODEL…]                  give memory back         [--worker ID…] [--now]
  precis load [MODEL…]                    load models ahead        [--worker ID…]
  precis pause|resume|drain [WORKER…]     stop claiming jobs, claim them again, or finish and unload
  precis keys create [--name NAME] [--role read|submit|admin] [--owner OWNER] | list | revoke PREFIX
  precis webhooks secret | rotate         show the webhooks' secret, or replace it
  precis doctor [--acl]                   what is wrong, and what to do about it; the rights a Redis user needs
  precis models list | verify | pull | convert --to FOLDER   [--set NAME|MANIFEST] [--bits 8|4]
  precis models measure                   write a set's peak memory into its manifest   [--set NAME|MANIFEST] [--rows N]
  precis models manifest FOLDER           write the sizes and hashes of a set's files into its manifest

--url (or PRECIS_URL) says where the API is, by default http://127.0.0.1:8000; --key (or PRECIS_KEY) is the API key;
--json prints the whole answer. Exit codes: 0 done, 1 it failed, 2 wrong usage or refused input, 3 no answer,
4 not allowed, 5 busy: try again later, 130 interrupted.`;

type Command = (args: string[], env: NodeJS.ProcessEnv) => Promise<number>;

/** Each command loads no more than it needs: a call of the API has nothing to do with Redis or model files. */
const commands: Record<string, () => Promise<Command>> = {
  up: async () => {
    const { up } = await import("./up.js");
    return (_, env) => up(env);
  },
  summarize: async () => (await import("./remote/summarize.js")).summarize,
  jobs: async () => (await import("./remote/jobs.js")).jobs,
  memory: async () => (await import("./remote/memory.js")).memory,
  unload: async () => (await import("./remote/memory.js")).unload,
  load: async () => (await import("./remote/memory.js")).load,
  pause: async () => (await import("./remote/workers.js")).workers("pause"),
  resume: async () => (await import("./remote/workers.js")).workers("resume"),
  drain: async () => (await import("./remote/workers.js")).workers("drain"),
  keys: async () => (await import("./keys/keys.js")).keys,
  webhooks: async () => (await import("./webhooks.js")).webhooks,
  doctor: async () => (await import("./doctor/doctor.js")).doctor,
  models: async () => (await import("./models/models.js")).models,
};

/** Runs one command; resolves with the exit code. */
export async function main(args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const [name = "", ...rest] = args;
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (command === undefined || rest.includes("--help")) {
    const asked = ["help", "--help", "-h"].includes(name) || rest.includes("--help");
    (asked ? console.log : console.error)(usage);
    return asked ? 0 : 2;
  }
  try {
    return await (await command())(rest, env);
  } catch (error) {
    console.error(`precis: ${oneLine(error)}`);
    return exitCodeOf(error);
  }
}
