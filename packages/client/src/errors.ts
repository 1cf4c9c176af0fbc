import type { Job, Problem } from "./api.js";

/** The API refused: the problem says what was given and what is allowed. */
export class PrecisApiError extends Error {
  override readonly name = "PrecisApiError";
  readonly status: number;
  /** Stable and machine-readable, such as `invalid_request`; `unknown` when something else than Precis answered. */
  readonly code: string;
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.detail ?? problem.title);
    this.status = problem.status;
    this.code = problem.code;
    this.problem = problem;
  }
}

/** No answer came: the network, the address or a timeout; `cause` has the reason. */
export class PrecisConnectionError extends Error {
  override readonly name = "PrecisConnectionError";
}

/** A job ended without a summary. */
export class PrecisJobError extends Error {
  override readonly name = "PrecisJobError";
  readonly code: string;
  readonly job: Job;

  constructor(job: Job) {
    super(job.error?.message ?? `the job ${job.id} ended as ${job.status}`);
    this.code = job.error?.code ?? job.status;
    this.job = job;
  }
}
