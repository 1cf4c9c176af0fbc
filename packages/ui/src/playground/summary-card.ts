import type { Job, JobProgress } from "@precis/client";
import { api } from "../layout/api.js";
import { copyText } from "../layout/copy-text.js";
import { describeError, needsLogin } from "../layout/describe-error.js";
import { find, setText } from "../layout/dom.js";
import { followJob } from "../layout/follow-job.js";
import { formatDuration, plural } from "../layout/format.js";
import type { Request } from "./snippets.js";

const titles = { bart: "BART", t5: "T5" };

/** One summary: submits the text and shows the job until it ends. */
export interface SummaryCard {
  readonly element: HTMLElement;
  /** Resolves when the job has ended, in any status; never rejects. */
  readonly done: Promise<void>;
  /** Stops following the job. */
  leave(): void;
}

export function createSummaryCard(request: Request): SummaryCard {
  const template = find<HTMLTemplateElement>("#summary");
  const element = find("article", template.content.cloneNode(true) as DocumentFragment);
  const part = <E extends HTMLElement>(name: string) => find<E>(`[data-part=${name}]`, element);
  const bar = part<HTMLProgressElement>("bar");
  const text = part("text");
  const left = new AbortController();
  const startedAt = performance.now();

  const showState = (state: string, label: string) => {
    element.dataset.state = state;
    part("state").dataset.state = state;
    setText(part("state"), label);
  };
  const showProgress = ({ chunks_done, chunks_total, tokens }: JobProgress) => {
    const position = chunks_total > 1 ? `part ${Math.min(chunks_done + 1, chunks_total)} of ${chunks_total}, ` : "";
    setText(part("facts"), `${position}${plural(tokens, "token")} so far`);
    if (chunks_total > 1) bar.value = chunks_done / chunks_total;
  };

  const run = async () => {
    showState("pending", "Sending…");
    const { id } = await api.submit(request, { signal: left.signal });
    const link = part<HTMLAnchorElement>("job");
    link.href = `jobs/${id}`;
    link.hidden = false;
    showState("queued", "Queued");
    const listener = {
      queued: (position?: number) =>
        showState("queued", position === undefined ? "Queued" : `Queued, position ${position}`),
      started: () => showState("busy", "Writing…"),
      progress: showProgress,
      partial: (soFar: string) => setText(text, soFar),
    };
    showEnd(await followJob(id, listener, left.signal));
  };

  const showEnd = (job: Job) => {
    bar.hidden = true;
    if (job.status !== "completed") {
      showState(job.status, job.status === "cancelled" ? "Cancelled" : "Failed");
      setText(part("facts"), job.error?.message ?? "");
      return;
    }
    setText(text, job.summary ?? "");
    showState("completed", `Done in ${formatDuration(performance.now() - startedAt)}`);
    const { waited_ms = 0, ran_ms = 0 } = job.timings;
    const facts = [
      `${job.input_tokens?.toLocaleString()} → ${plural(job.output_tokens ?? 0, "token")}`,
      ...((job.chunks ?? 1) > 1 ? [`in ${job.chunks} parts`] : []),
      `wait time ${formatDuration(waited_ms)}, run time ${formatDuration(ran_ms)}`,
      ...(job.notice === undefined ? [] : ["the text is shorter than a summary, so it is returned unchanged"]),
    ];
    setText(part("facts"), facts.join(" · "));
    const copy = part("copy");
    copy.hidden = false;
    copy.addEventListener("click", () => void copyText(job.summary ?? "", copy));
  };

  element.dataset.model = request.model;
  setText(part("title"), titles[request.model]);
  const done = run().catch((error: unknown) => {
    bar.hidden = true;
    showState("failed", "Failed");
    setText(part("facts"), describeError(error));
    part("login").hidden = !needsLogin(error);
  });
  return { element, done, leave: () => left.abort() };
}
