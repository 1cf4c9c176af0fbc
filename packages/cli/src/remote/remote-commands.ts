import { modelNames } from "@precis/contracts";
import type { Command } from "commander";
import { listOf, oneOf, wholeNumber } from "../parse-value.js";
import type { RunAction } from "../run-action.js";
import { addApiOptions } from "./api-options.js";

/** A week. Node's timers overflow past 24.8 days and fire at once. */
const maxWaitSeconds = 604_800;
/** Far more tokens than any model takes; the API names the real bound. */
const maxTokens = 1_000_000;
/** More than a page of the API holds; the API names the real bound. */
const maxJobs = 999_999;

const models = modelNames.join("|");
const modelArgument = listOf(oneOf("MODEL", modelNames));
const collect = listOf((text: string) => text);

/** The commands that call the API: they need neither Redis nor model files. */
export function addRemoteCommands(program: Command, run: RunAction): void {
  addApiOptions(program.command("summarize"))
    .summary("print the summary of a file")
    .description("Print the summary of a file, or of standard input.")
    .argument("<FILE>", "a text file, or - for standard input")
    .option("--model <model>", models)
    .option("--length <length>", "short|medium|long")
    .option("--max-length <tokens>", "maximum tokens of the summary", wholeNumber("--max-length", { max: maxTokens }))
    .option("--min-length <tokens>", "minimum tokens of the summary", wholeNumber("--min-length", { max: maxTokens }))
    .option(
      "--wait <seconds>",
      "how long to wait for the summary, after which the job id is printed; 0 submits only (default: as long as it takes)",
      wholeNumber("--wait", { max: maxWaitSeconds }),
    )
    .action(run(async () => (await import("./summarize.js")).summarize));

  const jobs = addApiOptions(program.command("jobs"))
    .summary("list jobs, or show, cancel, retry or delete one")
    .description("List the latest jobs, or show one.")
    .argument("[ID]", "a job id")
    .option("--status <status>", "only jobs with this status")
    .option("--model <model>", `only jobs of this model: ${models}`)
    .option("--limit <n>", "maximum number of jobs", wholeNumber("--limit", { min: 1, max: maxJobs }), 20)
    .action(run(async () => (await import("./jobs.js")).showJobs));
  const ofOneJob = (name: string, summary: string) =>
    addApiOptions(jobs.command(name)).summary(summary).argument("<ID>", "a job id");
  ofOneJob("cancel", "cancel a job that waits or runs").action(run(async () => (await import("./jobs.js")).cancelJob));
  ofOneJob("retry", "run a failed or cancelled job again").action(
    run(async () => (await import("./jobs.js")).retryJob),
  );
  ofOneJob("delete", "delete a job, its text and its summary").action(
    run(async () => (await import("./jobs.js")).deleteJob),
  );

  addApiOptions(program.command("memory"))
    .summary("show the memory of every worker")
    .action(run(async () => (await import("./memory.js")).showMemory));
  addApiOptions(program.command("unload"))
    .summary("unload models and free their memory")
    .description("Unload models and free their memory: both models when none is named, on all workers.")
    .argument("[MODEL...]", models, modelArgument)
    .option("--worker <id>", "only on this worker; can be repeated", collect)
    .option("--now", "requeue running jobs instead of letting them finish")
    .action(run(async () => (await import("./memory.js")).unloadModels));
  addApiOptions(program.command("load"))
    .summary("load models before they are needed")
    .argument("[MODEL...]", models, modelArgument)
    .option("--worker <id>", "only on this worker; can be repeated", collect)
    .action(run(async () => (await import("./memory.js")).loadModels));

  const ofWorkers = (name: string, summary: string) =>
    addApiOptions(program.command(name)).summary(summary).argument("[WORKER...]", "worker ids; all workers by default");
  ofWorkers("pause", "let workers stop claiming jobs; running jobs continue").action(
    run(async () => (await import("./workers.js")).pauseWorkers),
  );
  ofWorkers("resume", "let paused or drained workers claim jobs again").action(
    run(async () => (await import("./workers.js")).resumeWorkers),
  );
  ofWorkers("drain", "let workers stop claiming jobs, finish the running ones and unload every model").action(
    run(async () => (await import("./workers.js")).drainWorkers),
  );
}
