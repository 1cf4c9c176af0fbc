import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { loadConfig } from "@precis/config";
import { jobViewSchema, modelNames } from "@precis/contracts";
import { buildRepository, launch, type Precis, type Reloader, reloadOnChange, sourceFolders } from "@precis/launcher";
import { pullModels } from "./models/pull-models.js";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const sample = new URL("../../../models/samples/article.txt", import.meta.url);

/** A signal this soon after the first belongs to the same key press; a later one forces the end. */
const samePressMs = 1_000;

/** Starts everything, shows that it works, and runs until a signal. Resolves with the exit code. */
export async function up(env: NodeJS.ProcessEnv): Promise<number> {
  const began = Date.now();
  const say = (message: string) => console.log(message);
  // A terminal or a pipe that has been closed is no reason to leave behind what was started.
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});
  // Before anything is started, or a signal that comes meanwhile would leave behind what has been started by then.
  const asked = stopOnSignal();
  const askedToStop = new Promise<undefined>((resolve) => {
    asked.addEventListener("abort", () => resolve(undefined), { once: true });
  });
  // While all processes are being restarted nothing else keeps this one running.
  const running = setInterval(() => {}, 2 ** 30);
  let precis: Precis | undefined;
  let reloader: Reloader | undefined;
  try {
    const config = loadConfig(env);
    await Promise.race([pullModels(config, say), askedToStop]);
    // What it has not fetched yet would go on being fetched.
    if (asked.aborted) process.exit(0);
    precis = await launch({ config, env, output: "inherit", onProgress: say, signal: asked });
    if (config.reload) {
      reloader = reloadOnChange({
        folders: await sourceFolders(root),
        rebuild: () => buildRepository(root),
        restart: precis.restart,
        onProgress: say,
      });
      say("RELOAD=true: the API and the workers are rebuilt and restarted when their code changes");
    }
    say(`Healthy after ${((Date.now() - began) / 1_000).toFixed(1)} s`);
    const { url, gaveUp } = precis;
    void showThatItWorks(url, config.workers > 0, env.PRECIS_KEY, asked);
    const reason = await Promise.race([askedToStop, gaveUp]);
    if (reason === undefined) return 0;
    console.error(`precis: ${reason}. Stopping everything …`);
    return 1;
  } catch (error) {
    if (asked.aborted) return 0;
    console.error(`precis: ${(error as Error).message}`);
    return 1;
  } finally {
    reloader?.stop();
    await precis?.stop();
    clearInterval(running);
  }
}

/** Aborts at the first SIGINT, SIGTERM or SIGHUP (the terminal was closed); a later one ends this process at once. */
function stopOnSignal(): AbortSignal {
  const asked = new AbortController();
  let askedAt: number | undefined;
  const stop = () => {
    if (askedAt === undefined) {
      askedAt = Date.now();
      console.log("Stopping …");
      asked.abort();
      return;
    }
    // One Ctrl-C comes twice under `npm start`: from the terminal, and passed on by npm.
    if (Date.now() - askedAt > samePressMs) process.exit(1);
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, stop);
  return asked.signal;
}

async function showThatItWorks(
  url: string,
  hasWorkers: boolean,
  key: string | undefined,
  asked: AbortSignal,
): Promise<void> {
  if (hasWorkers) {
    await showSample(url, key, asked).catch((error) => {
      if (!asked.aborted) console.log(`The sample article was not summarized: ${(error as Error).message}`);
    });
  }
  if (asked.aborted) return;
  console.log(
    [
      "",
      `  Playground    ${url}/`,
      `  API           ${url}/api/v1/summarize`,
      `  Description   ${url}/docs`,
      `  Memory        ${url}/memory`,
      `  Fleet         ${url}/admin/fleet`,
      `  Queue board   ${url}/admin/queues`,
      "",
      "Ctrl-C stops everything that was started here.",
    ].join("\n"),
  );
}

async function showSample(url: string, key: string | undefined, asked: AbortSignal): Promise<void> {
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
      signal: asked,
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
