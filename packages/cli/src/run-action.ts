import type { Command } from "commander";

/** What a command does with its arguments and options. Resolves with the exit code. */
export type Action<Values> = (values: Values, env: NodeJS.ProcessEnv) => Promise<number>;

/**
 * Makes a commander action of one that is imported when it runs, so that a command loads no more than it needs. The action
 * gets the options and, under the names of their arguments in lower case, the arguments.
 */
export type RunAction = <Values>(
  load: () => Promise<Action<Values>>,
) => (this: Command, ...given: unknown[]) => Promise<void>;

export function createRunAction(env: NodeJS.ProcessEnv, onExit: (code: number) => void): RunAction {
  return <Values>(load: () => Promise<Action<Values>>) =>
    async function (this: Command) {
      const values: Record<string, unknown> = { ...this.opts() };
      this.registeredArguments.forEach((argument, index) => {
        values[argument.name().toLowerCase()] = this.processedArgs[index];
      });
      const action = await load();
      onExit(await action(values as Values, env));
    };
}
