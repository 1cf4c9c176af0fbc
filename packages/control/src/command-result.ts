import type { Acknowledgement, CommandResult, ControlCommand, WorkerResult } from "@precis/contracts";

/** What the workers answered, before it is summarized. */
export type CommandAnswers = Omit<CommandResult, "status" | "message">;

const successes: readonly Acknowledgement["outcome"][] = ["done", "nothing-loaded"];

/**
 * Summarizes the answers to a command. The status is `ok` only when every addressed worker has carried it out: one that
 * stayed silent, failed or does not exist makes it `partial`.
 *
 * @param verb what a worker has done that carried it out, such as `unloaded`
 */
export function commandResult(answers: CommandAnswers, verb: string): CommandResult {
  const { workers, no_answer, unknown_workers } = answers;
  const done = workers.filter(({ outcome }) => successes.includes(outcome)).length;
  const addressed = workers.length + no_answer.length + unknown_workers.length;
  if (addressed === 0) return { status: "no-workers", message: "no worker is alive", ...answers };
  return {
    status: done === addressed ? "ok" : "partial",
    message: `${done} of ${addressed} ${addressed === 1 ? "worker" : "workers"} ${verb}`,
    ...answers,
  };
}

/** One worker's part of the result. */
export function workerResult({ workerId, commandId: _, ...rest }: Acknowledgement): WorkerResult {
  return { id: workerId, ...rest, freed: Math.max(0, rest.rss_before - rest.rss_after) };
}

/** The verb for {@link commandResult}. */
export function pastTense(command: ControlCommand): string {
  if (command.type === "pause") return command.paused ? "paused" : "resumed";
  return { unload: "unloaded", load: "loaded", cancel: "cancelled" }[command.type];
}
