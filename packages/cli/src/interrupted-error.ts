/** Ctrl-C while a command waited; the job it waited for goes on. */
export class InterruptedError extends Error {
  override readonly name = "InterruptedError";
}
