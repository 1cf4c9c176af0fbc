import type { JobView } from "@precis/contracts";
import type { JobRecord } from "@precis/queue";
import type { FC } from "hono/jsx";
import { viewJob } from "../jobs/view-job.js";
import { Layout } from "./layout.js";

const titles = { bart: "BART", t5: "T5" };

const Time: FC<{ iso: string | undefined }> = ({ iso }) =>
  iso === undefined ? <>–</> : <time dateTime={iso}>{iso.replace("T", " ").replace(/\.\d+Z$/, " UTC")}</time>;

const seconds = (ms: number | undefined) =>
  ms === undefined ? "–" : ms < 1_000 ? `${ms} ms` : `${(ms / 1_000).toFixed(1)} s`;

const Row: FC<{ label: string; children?: unknown }> = ({ label, children }) => (
  <div>
    <dt>{label}</dt>
    <dd>{children as string}</dd>
  </div>
);

/** Says what the job was asked for beyond its text. */
function wishes({ data }: JobRecord): string {
  const parts = [
    data.maxLength === undefined ? undefined : `at most ${data.maxLength} tokens`,
    data.minLength === undefined ? undefined : `at least ${data.minLength} tokens`,
    data.numBeams === undefined ? undefined : `${data.numBeams} beams`,
    data.priority === undefined ? undefined : `priority ${data.priority}`,
  ].filter((part) => part !== undefined);
  return parts.length === 0 ? "the model's own defaults" : parts.join(", ");
}

function result(view: JobView): string {
  if (view.output_tokens === undefined) return "–";
  const parts = (view.chunks ?? 1) > 1 ? `, read in ${view.chunks} parts` : "";
  return `${view.input_tokens?.toLocaleString("en")} → ${view.output_tokens} tokens${parts}`;
}

/** One job at `/jobs/{id}`. Neither text nor summary is in the page; the summary is fetched when asked for. */
export const JobPage: FC<{ job: JobRecord }> = ({ job }) => {
  const view = viewJob(job);
  const ended = view.timings.finished_at !== undefined;
  return (
    <Layout title={`${job.id} · Precis`} root="../" scripts={["job/job.js"]}>
      <div class="page-head">
        <h1>Job</h1>
        <span class="chip" data-state={view.status === "running" ? "busy" : view.status} role="status" id="status">
          {view.status}
        </span>
      </div>
      <p class="job-id">
        <code id="job" data-id={job.id} data-ended={String(ended)}>
          {job.id}
        </code>
      </p>
      <dl class="facts">
        <Row label="Model">{titles[view.model]}</Row>
        <Row label="Asked for">{wishes(job)}</Row>
        <Row label="Text">{`${job.data.textBytes.toLocaleString("en")} bytes`}</Row>
        <Row label="Result">{result(view)}</Row>
        <Row label="Submitted">
          <Time iso={view.timings.created_at} />
        </Row>
        <Row label="Started">
          <Time iso={view.timings.started_at} />
        </Row>
        <Row label="Ended">
          <Time iso={view.timings.finished_at} />
        </Row>
        <Row label="Waited">{seconds(view.timings.waited_ms)}</Row>
        <Row label="Ran">{seconds(view.timings.ran_ms)}</Row>
        <Row label="Attempts">{String(view.attempts)}</Row>
        {view.error === undefined ? null : (
          <Row label="Failure">
            <code>{view.error.code}</code> {view.error.message}
          </Row>
        )}
      </dl>
      {ended ? null : <p class="summary-facts" id="progress" aria-live="polite" />}
      <p class="buttons job-buttons">
        {view.status === "completed" ? (
          <button type="button" class="primary" id="show">
            Show the summary
          </button>
        ) : null}
        {ended ? null : (
          <button type="button" data-act="cancel">
            Cancel
          </button>
        )}
        {view.status === "failed" || view.status === "cancelled" ? (
          <button type="button" data-act="retry">
            Try again
          </button>
        ) : null}
        <a class="quiet" href={`../api/v1/jobs/${job.id}`}>
          As JSON
        </a>
        <a class="quiet" href={`../admin/queues/queue/summarize/${job.id}`}>
          On the board
        </a>
      </p>
      <p class="fault" id="fault" role="alert" hidden />
      <p class="summary-text" id="summary" aria-live="polite" hidden />
    </Layout>
  );
};

/** Told to people instead of problem+json. */
export const NoJobPage: FC<{ id: string }> = ({ id }) => (
  <Layout title="No such job · Precis" root="../" scripts={[]}>
    <h1>There is no such job</h1>
    <p class="note">
      <code>{id}</code> was never submitted, has been deleted, or its result has expired.
    </p>
  </Layout>
);
