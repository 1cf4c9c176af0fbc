import { readFile } from "node:fs/promises";
import { text as readAll } from "node:stream/consumers";
import { parseArgs } from "node:util";
import { jobViewSchema, problemSchema } from "@precis/contracts";

/** `precis summarize FILE|-`: prints the summary, or with `--json` the whole job. */
export async function summarize(args: string[], env: NodeJS.ProcessEnv): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      model: { type: "string" },
      "max-length": { type: "string" },
      "min-length": { type: "string" },
      json: { type: "boolean", default: false },
    },
  });
  const [file] = positionals;
  if (file === undefined || positionals.length > 1) {
    console.error("precis: summarize takes one FILE, or - for standard input");
    return 2;
  }
  const text = file === "-" ? await readAll(process.stdin) : await readFile(file, "utf8");
  const base = env.PRECIS_URL ?? `http://127.0.0.1:${env.PORT ?? 8000}`;
  const request = {
    text,
    ...(values.model === undefined ? {} : { model: values.model }),
    ...(values["max-length"] === undefined ? {} : { max_length: Number(values["max-length"]) }),
    ...(values["min-length"] === undefined ? {} : { min_length: Number(values["min-length"]) }),
  };
  let answer = await ask(`${base}/api/v1/summarize`, {
    method: "POST",
    headers: { "content-type": "application/json", prefer: "wait=30" },
    body: JSON.stringify(request),
  });
  while (answer.status === 202 || !ended(answer.body)) {
    const { id } = answer.body as { id: string };
    answer = await ask(`${base}/api/v1/jobs/${id}`, { headers: { prefer: "wait=30" } });
  }
  const job = jobViewSchema.parse(answer.body);
  if (job.status !== "completed") {
    console.error(`precis: the job ${job.id} ${job.status}: ${job.error?.message ?? "no reason given"}`);
    return 1;
  }
  console.log(values.json ? JSON.stringify(job, null, 2) : job.summary);
  return 0;
}

function ended(body: unknown): boolean {
  return ["completed", "failed", "cancelled"].includes((body as { status: string }).status);
}

async function ask(url: string, init: RequestInit): Promise<{ status: number; body: unknown }> {
  const response = await fetch(url, init).catch(() => {
    throw new Error(`no answer from ${new URL(url).origin}; is it running (npm start), or is PRECIS_URL wrong?`);
  });
  const body: unknown = await response.json();
  if (!response.ok) throw new Error(problemSchema.parse(body).detail ?? `HTTP ${response.status}`);
  return { status: response.status, body };
}
