import type { JobQueue, JobRecord } from "@precis/queue";

/**
 * Looks at jobs for many who ask about the same one in the same moment, as all followers of a job do when it ends: they
 * share one look, which begins after the last of them has asked, so that nobody is told what was true before.
 */
export function shareLook(read: JobQueue["read"]): (id: string) => Promise<JobRecord | undefined> {
  const asked = new Map<string, Promise<JobRecord | undefined>>();
  const look = async (id: string): Promise<JobRecord | undefined> => {
    await new Promise((resolve) => setImmediate(resolve));
    asked.delete(id);
    return read(id);
  };
  return (id) => {
    const known = asked.get(id);
    if (known !== undefined) return known;
    const looking = look(id);
    asked.set(id, looking);
    return looking;
  };
}
