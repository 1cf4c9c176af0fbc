import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { loadConfig } from "@precis/config";
import { jobViewSchema, modelNames } from "@precis/contracts";
import { buildRepository, launch, type Reloader, reloadOnChange, sourceFolders } from "@precis/launcher";
import { pullModels } from "./models/pull-models.js";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const sample = new URL("../../../models/samples/article.txt", import.meta.url);

/** A signal this soon after the first belongs to the same key press; a later one forces the end. */
const samePressMs = 1_000;

/** Starts everything, shows that it works, and runs until a signal. Resolves with the exit code. */
export async function up(env: NodeJS.ProcessEnv): Promise<number> {
  const began = Date.now();
  try {
    const config = loadConfig(env);
    await pullModels(config, (message) => console.log(message));
    // Before anything is started, or a signal that comes meanwhile would leave behind what has been started by then.
    let stopping = false;
    const asked = untilSignal().then(() => {
      stopping = true;
    });
    const precis = await launch({ config, env, output: "inherit", onProgress: (message) => console.log(message) });
    let reloader: Reloader | undefined;
    const stopped = asked.then(async () => {
      reloader?.stop();
      await precis.stop();
      return 0;
    });
    if (config.reload) {
      reloader = reloadOnChange({
        folders: await sourceFolders(root),
        rebuild: () => buildRepository(root),
        restart: precis.restart,
        onProgress: (message) => console.log(message),
      });
      console.log("RELOAD=true: the API and the workers are rebuilt and restarted when their code changes");
    }
    console.log(`Healthy after ${((Date.now() - began) / 1_000).toFixed(1)} s`);
    if (config.workers > 0 && !stopping) {
      await showSample(precis.url, env.PRECIS_KEY).catch((error) => {
        if (!stopping) throw error;
      });
    }
    if (stopping) return await stopped;
    console.log(
      [
        "",
        `  Playground    ${precis.url}/`,
        `  API           ${precis.url}/api/v1/summarize`,
        `  Description   ${precis.url}/docs`,
        `  Memory        ${precis.url}/memory`,
        `  Fleet         ${precis.url}/admin/fleet`,
        `  Queue board   ${precis.url}/admin/queues`,
        "",
        "Ctrl-C stops everything that was started here.",
      ].join("\n"),
    );
    return await stopped;
  } catch (error) {
    console.error(`precis: ${(error as Error).message}`);
    return 1;
  }
}

/** Resolves at the first SIGINT or SIGTERM; a later one ends this process at once. */
function untilSignal(): Promise<void> {
  return new Promise((resolve) => {
    let askedAt: number | undefined;
    const stop = () => {
      if (askedAt === undefined) {
        askedAt = Date.now();
        console.log("Stopping …");
        resolve();
        return;
      }
      // One Ctrl-C comes twice under `npm start`: from the terminal, and passed on by npm.
      if (Date.now() - askedAt > samePressMs) process.exit(1);
    };
    process.on("SIGINT", stop);
    process.on("SIGTERM", stop);
  });
}

async function showSample(url: string, key: string | undefined): Promise<void> {
  const text = await readFile(sample, "utf8");
  for (const model of modelNames) {
    console.log(`Summarizing the sample article with ${model} (the first job loads the model) …`);
    const answer = await fetch(`${url}/api/v1/summarize`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        prefer: "wait=60",
        ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
      },
      body: JSON.stringify({ text, model }),
    });
    if (answer.status === 401 || answer.status === 403) {
      console.log("API keys are demanded: set PRECIS_KEY to see the sample summarized at the start");
      return;
    }
    const job = jobViewSchema.safeParse(await answer.json());
    console.log(
      job.success ? `\n  ${model}: ${job.data.summary ?? job.data.error?.message}\n` : `  ${model}: not done yet`,
    );
  }
}
