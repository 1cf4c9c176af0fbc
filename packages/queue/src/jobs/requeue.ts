import type { IsolationScope } from "@precis/contracts";

/** Thrown by a handler to put its job back into the queue, where any worker may claim it; no attempt is counted. */
export class Requeue extends Error {
  override readonly name = "Requeue";

  /**
   * @param delayMs how long no worker claims it; 0 puts it at the front
   * @param isolation set when the job is a suspect from now on
   */
  constructor(
    message = "put back into the queue",
    readonly delayMs = 0,
    readonly isolation?: IsolationScope,
  ) {
    super(message);
  }
}
