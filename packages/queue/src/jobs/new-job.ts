import type { JobData } from "@precis/contracts";

/** A job to be added. */
export interface NewJob {
  id: string;
  data: JobData;
  text: string;
}
