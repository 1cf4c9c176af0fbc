import type { JobQueue, JobRecord } from "@precis/queue";

/** How a job stands; with its place in the queue while it waits. */
export interface Standing {
  job: JobRecord;
  position?: number;
}

/**
 * Looks at jobs for many who ask about the same one in the same moment, as all followers of a job do when it ends: they
 * share one look, which begins after the last of them has asked, so that nobody is told what was true before.
 */
export function shareLook(queue: Pick<JobQueue, "read" | "position">): (id: string) => Promise<Standing | undefined> {
  const asked = new Map<string, Promise<Standing | undefined>>();
  const look = async (id: string): Promise<Standing | undefined> => {
    await new Promise((resolve) => setImmediate(resolve));
    asked.delete(id);
    const job = await queue.read(id);
    if (job === undefined) return undefined;
    const position = job.status === "queued" ? await queue.position(id) : undefined;
    return position === undefined ? { job } : { job, position };
  };
  return (id) => {
    const known = asked.get(id);
    if (known !== undefined) return known;
    const looking = look(id);
    asked.set(id, looking);
    return looking;
  };
}
