/** The page of one job: follows it while it runs, shows its summary when asked to, cancels it or tries it again. */
import { find, setText } from "../page/dom.js";
import { plural } from "../page/format.js";
import { followJob } from "../playground/follow-job.js";

const { id = "", ended } = find("#job").dataset;
const fault = find("#fault");

function showFault(text: string): void {
  fault.hidden = false;
  setText(fault, text);
}

async function call(path: string, method: string): Promise<{ summary?: string }> {
  const response = await fetch(`../api/v1/jobs/${id}${path}`, { method });
  const body = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(body.detail ?? `the API answered ${response.status}`);
  return body;
}

const show = document.querySelector<HTMLButtonElement>("#show");
show?.addEventListener("click", async () => {
  try {
    const summary = find("#summary");
    setText(summary, (await call("", "GET")).summary ?? "The summary has expired.");
    summary.hidden = false;
    show.hidden = true;
  } catch (error) {
    showFault((error as Error).message);
  }
});

for (const button of document.querySelectorAll<HTMLButtonElement>("[data-act]")) {
  button.addEventListener("click", async () => {
    button.disabled = true;
    try {
      await call(`/${button.dataset.act}`, "POST");
      location.reload();
    } catch (error) {
      button.disabled = false;
      showFault((error as Error).message);
    }
  });
}

if (ended === "false") {
  const status = find("#status");
  const progress = find("#progress");
  const news = {
    queued: (position?: number) => setText(progress, position === undefined ? "" : `Place ${position} in the queue`),
    started: () => {
      setText(status, "running");
      status.dataset.state = "busy";
      setText(progress, "");
    },
    progress: ({ chunks_done, chunks_total, tokens }: { chunks_done: number; chunks_total: number; tokens: number }) =>
      setText(progress, `${chunks_done} of ${plural(chunks_total, "part")} done, ${plural(tokens, "token")} so far`),
    // The summary is shown when asked for, and not before.
    partial: () => {},
  };
  followJob("../", id, news, new AbortController().signal).then(
    () => location.reload(),
    (error: Error) => showFault(error.message),
  );
}
