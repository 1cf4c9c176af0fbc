/** The job page: follows the job while it runs, shows its summary on request, cancels or retries it. */
import { api } from "../layout/api.js";
import { describeError } from "../layout/describe-error.js";
import { find, setText } from "../layout/dom.js";
import { followJob, type JobListener } from "../layout/follow-job.js";
import { plural } from "../layout/format.js";

const { id = "", terminal } = find("#job").dataset;

function showError(reason: unknown): void {
  const error = find("#error");
  error.hidden = false;
  setText(error, describeError(reason));
}

const show = document.querySelector<HTMLButtonElement>("#show");
show?.addEventListener("click", async () => {
  try {
    const summary = find("#summary");
    setText(summary, (await api.read(id)).summary ?? "The summary has expired.");
    summary.hidden = false;
    show.hidden = true;
  } catch (error) {
    showError(error);
  }
});

for (const button of document.querySelectorAll<HTMLButtonElement>("[data-action]")) {
  button.addEventListener("click", async () => {
    button.disabled = true;
    try {
      await (button.dataset.action === "cancel" ? api.cancel(id) : api.retry(id));
      location.reload();
    } catch (error) {
      button.disabled = false;
      showError(error);
    }
  });
}

if (terminal === "false") {
  const status = find("#status");
  const progress = find("#progress");
  const listener: JobListener = {
    queued: (position) => setText(progress, position === undefined ? "" : `Position ${position} in the queue`),
    started: () => {
      setText(status, "running");
      status.dataset.state = "busy";
      setText(progress, "");
    },
    progress: ({ chunks_done, chunks_total, tokens }) =>
      setText(progress, `${chunks_done} of ${plural(chunks_total, "part")} done, ${plural(tokens, "token")} so far`),
    // The page shows the summary only on request.
    partial: () => {},
  };
  followJob(id, listener, new AbortController().signal).then(() => location.reload(), showError);
}
