import type { JobView } from "@precis/contracts";
import type { FC } from "hono/jsx";
import { Layout } from "../layout/layout.js";

export interface JobPageProps {
  job: JobView;
  textBytes: number;
  /** What the submission asked for. */
  options: {
    maxLength?: number | undefined;
    minLength?: number | undefined;
    numBeams?: number | undefined;
    priority?: number | undefined;
  };
}

const titles = { bart: "BART", t5: "T5" };
const styles = ["job/job.css"];

const Time: FC<{ iso: string | undefined }> = ({ iso }) =>
  iso === undefined ? <>–</> : <time dateTime={iso}>{iso.replace("T", " ").replace(/\.\d+Z$/, " UTC")}</time>;

const duration = (ms: number | undefined) =>
  ms === undefined ? "–" : ms < 1_000 ? `${ms} ms` : `${(ms / 1_000).toFixed(1)} s`;

const Row: FC<{ label: string; children?: unknown }> = ({ label, children }) => (
  <div>
    <dt>{label}</dt>
    <dd>{children as string}</dd>
  </div>
);

function describeOptions({ maxLength, minLength, numBeams, priority }: JobPageProps["options"]): string {
  const parts = [
    maxLength === undefined ? undefined : `at most ${maxLength} tokens`,
    minLength === undefined ? undefined : `at least ${minLength} tokens`,
    numBeams === undefined ? undefined : `${numBeams} beams`,
    priority === undefined ? undefined : `priority ${priority}`,
  ].filter((part) => part !== undefined);
  return parts.length === 0 ? "model defaults" : parts.join(", ");
}

function describeResult(job: JobView): string {
  if (job.output_tokens === undefined) return "–";
  const parts = (job.chunks ?? 1) > 1 ? `, in ${job.chunks} parts` : "";
  return `${job.input_tokens?.toLocaleString("en")} → ${job.output_tokens} tokens${parts}`;
}

/** `GET /jobs/{id}`. The page holds neither text nor summary; the script fetches the summary on request. */
export const JobPage: FC<JobPageProps> = ({ job, textBytes, options }) => {
  const { id, status, timings, error } = job;
  const isTerminal = timings.finished_at !== undefined;
  return (
    <Layout title={`${id} · Precis`} root="../" scripts={["job/job.js"]} styles={styles}>
      <div class="page-head">
        <h1>Job</h1>
        <span class="chip" data-state={status === "running" ? "busy" : status} role="status" id="status">
          {status}
        </span>
      </div>
      <p class="job-id">
        <code id="job" data-id={id} data-terminal={String(isTerminal)}>
          {id}
        </code>
      </p>
      <dl class="facts">
        <Row label="Model">{titles[job.model]}</Row>
        <Row label="Options">{describeOptions(options)}</Row>
        <Row label="Text">{`${textBytes.toLocaleString("en")} bytes`}</Row>
        <Row label="Result">{describeResult(job)}</Row>
        <Row label="Submitted">
          <Time iso={timings.created_at} />
        </Row>
        <Row label="Started">
          <Time iso={timings.started_at} />
        </Row>
        <Row label="Finished">
          <Time iso={timings.finished_at} />
        </Row>
        <Row label="Wait time">{duration(timings.waited_ms)}</Row>
        <Row label="Run time">{duration(timings.ran_ms)}</Row>
        <Row label="Attempts">{String(job.attempts)}</Row>
        {error === undefined ? null : (
          <Row label="Error">
            <code>{error.code}</code> {error.message}
          </Row>
        )}
      </dl>
      {isTerminal ? null : <p class="summary-facts" id="progress" aria-live="polite" />}
      <p class="buttons job-buttons">
        {status === "completed" ? (
          <button type="button" class="primary" id="show">
            Show summary
          </button>
        ) : null}
        {isTerminal ? null : (
          <button type="button" data-action="cancel">
            Cancel
          </button>
        )}
        {status === "failed" || status === "cancelled" ? (
          <button type="button" data-action="retry">
            Retry
          </button>
        ) : null}
        <a class="quiet" href={`../api/v1/jobs/${id}`}>
          JSON
        </a>
        <a class="quiet" href={`../admin/queues/queue/summarize/${id}`}>
          Queue board
        </a>
      </p>
      <p class="error" id="error" role="alert" hidden />
      <p class="summary-text" id="summary" aria-live="polite" hidden />
    </Layout>
  );
};

/** Shown in a browser instead of problem+json. */
export const JobNotFoundPage: FC<{ id: string }> = ({ id }) => (
  <Layout title="Job not found · Precis" root="../" styles={styles}>
    <h1>Job not found</h1>
    <p class="note">
      There is no job <code>{id}</code>. It may have been deleted, or its result has expired.
    </p>
  </Layout>
);
