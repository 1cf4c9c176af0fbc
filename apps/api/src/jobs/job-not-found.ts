import { PrecisError } from "@precis/contracts";

/** For an id nobody knows, or not any more. */
export function jobNotFound(id: string): PrecisError {
  return new PrecisError("job_not_found", `there is no job ${id.slice(0, 100)}, or its result has expired`);
}
