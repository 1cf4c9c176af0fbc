import { isModelProcess } from "../process/start-precis.mjs";
import { driveClients } from "./drive-clients.mjs";

/**
 * CPU milliseconds a job costs outside the model process: API, supervisor and Redis, telemetry included. Measured with
 * many short jobs, since the kernel counts CPU time in steps of 10 ms.
 */
export async function measureQueueCost({ precis }, { texts, model, jobs }) {
  const short = Array.from({ length: jobs }, (_, index) =>
    texts[index % texts.length].split(" ").slice(0, 30).join(" "),
  );
  const job = (text) => precis.summarize({ text, model, max_length: 8, min_length: 0 });
  const notTheModel = async () => (await precis.cpu((found) => !isModelProcess(found))) + (await precis.redisCpu());
  await driveClients(short.slice(0, 32), 16, job);
  const before = await notTheModel();
  await driveClients(short, 16, job);
  return (((await notTheModel()) - before) * 1000) / jobs;
}
