/** Something that keeps Precis from using a Redis: one sentence, in two halves. */
export interface ServerProblem {
  /** What is wrong, such as "Redis at redis://h:6379 is a read-only replica". */
  found: string;
  /** What to do about it, in the imperative. */
  advice: string;
}

/** A Redis that cannot be used, with every reason. */
export class ServerProblemsError extends Error {
  override readonly name = "ServerProblemsError";
  /** One sentence each. */
  readonly issues: readonly string[];

  constructor(problems: readonly ServerProblem[]) {
    const issues = problems.map(({ found, advice }) => `${found}; ${advice}`);
    super(issues.join("\n  "));
    this.issues = issues;
  }
}
