import { PrecisError } from "@precis/contracts";

/** For a job that never existed, has expired or belongs to another owner. */
export function jobNotFound(id: string): PrecisError {
  return new PrecisError("job_not_found", `Job ${id.slice(0, 100)} does not exist or has expired`);
}
