import type { JobAccepted, JobProgress, JobView } from "@precis/contracts";
import { copyText } from "../page/copy-text.js";
import { find, setText } from "../page/dom.js";
import { formatDuration, plural } from "../page/format.js";
import { followJob } from "./follow-job.js";
import type { Request } from "./snippets.js";

const titles = { bart: "BART", t5: "T5" };

/** One summary on its way: submits the text and shows what becomes of it. */
export interface SummaryCard {
  readonly element: HTMLElement;
  /** Resolves when the job has ended, in whatever way; never rejects. */
  readonly done: Promise<void>;
  /** Stops following it. */
  leave(): void;
}

export function createSummaryCard(request: Request): SummaryCard {
  const template = find<HTMLTemplateElement>("#summary");
  const element = find("article", template.content.cloneNode(true) as DocumentFragment);
  const part = <E extends HTMLElement>(name: string) => find<E>(`[data-part=${name}]`, element);
  const bar = part<HTMLProgressElement>("bar");
  const text = part("text");
  const left = new AbortController();
  const begun = performance.now();

  const state = (name: string, words: string) => {
    element.dataset.state = name;
    part("state").dataset.state = name;
    setText(part("state"), words);
  };
  const progress = ({ chunks_done, chunks_total, tokens }: JobProgress) => {
    const parts = chunks_total > 1 ? `part ${Math.min(chunks_done + 1, chunks_total)} of ${chunks_total}, ` : "";
    setText(part("facts"), `${parts}${plural(tokens, "token")} so far`);
    if (chunks_total > 1) bar.value = chunks_done / chunks_total;
  };

  const run = async () => {
    state("asking", "sending …");
    const { id } = await submit(request);
    const link = part<HTMLAnchorElement>("job");
    link.href = `jobs/${id}`;
    link.hidden = false;
    state("queued", "queued");
    const news = {
      queued: (position?: number) => state("queued", position === undefined ? "queued" : `queued, place ${position}`),
      started: () => state("busy", "writing …"),
      progress,
      partial: (soFar: string) => setText(text, soFar),
    };
    show(await followJob("", id, news, left.signal));
  };

  const show = (job: JobView) => {
    bar.hidden = true;
    if (job.status !== "completed") {
      state(job.status, job.status);
      setText(part("facts"), job.error?.message ?? "");
      return;
    }
    setText(text, job.summary ?? "");
    state("completed", `done in ${formatDuration(performance.now() - begun)}`);
    const { waited_ms = 0, ran_ms = 0 } = job.timings;
    const facts = [
      `${job.input_tokens?.toLocaleString()} → ${plural(job.output_tokens ?? 0, "token")}`,
      ...((job.chunks ?? 1) > 1 ? [`read in ${job.chunks} parts`] : []),
      `waited ${formatDuration(waited_ms)}, ran ${formatDuration(ran_ms)}`,
      ...(job.notice === undefined ? [] : ["the text is shorter than a summary would be, so it is left as it is"]),
    ];
    setText(part("facts"), facts.join(" · "));
    const copy = part("copy");
    copy.hidden = false;
    copy.addEventListener("click", () => void copyText(job.summary ?? "", copy));
  };

  element.dataset.model = request.model;
  setText(part("title"), titles[request.model]);
  const done = run().catch((error: Error) => {
    bar.hidden = true;
    state("failed", "not done");
    setText(part("facts"), error.message);
    part("login").hidden = !(error instanceof NotAllowed);
  });
  return { element, done, leave: () => left.abort() };
}

class NotAllowed extends Error {}

async function submit(request: Request): Promise<JobAccepted> {
  const response = await fetch("api/v1/summarize", {
    method: "POST",
    // Not to be held: the page wants to see it being written.
    headers: { "content-type": "application/json", prefer: "wait=0" },
    body: JSON.stringify(request),
  }).catch(() => {
    throw new Error("the API cannot be reached");
  });
  const body = await response.json().catch(() => ({}));
  if (response.status === 401 || response.status === 403) throw new NotAllowed(body.detail ?? "a key is needed");
  if (!response.ok) throw new Error(body.detail ?? `the API answered ${response.status}`);
  return body as JobAccepted;
}
