import type { JobStatus } from "./api.js";

const terminalStatuses: readonly string[] = ["completed", "failed", "cancelled"] satisfies JobStatus[];

/** Whether a job, or an event of one, has this as its last state. */
export const isTerminal = (status: string) => terminalStatuses.includes(status);
