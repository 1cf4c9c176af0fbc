import { modelNames } from "@precis/contracts";
import type { FC } from "hono/jsx";
import { Layout } from "../layout/layout.js";
import { WorkerTemplate } from "./worker-template.js";

const titles = { bart: "BART", t5: "T5" };

const Figure: FC<{ name: string; label: string }> = ({ name, label }) => (
  <div class="figure">
    <dt>{label}</dt>
    <dd data-figure={name}>–</dd>
  </div>
);

const Models: FC = () => (
  <section aria-labelledby="models-title">
    <h2 id="models-title">All workers</h2>
    <ul class="model-list">
      {modelNames.map((model) => (
        <li data-model={model}>
          <strong>{titles[model]}</strong>
          <span class="muted" data-part="states">
            –
          </span>
          <span class="buttons">
            <button type="button" data-action="load" data-models={model}>
              Load <span class="visually-hidden">{titles[model]} on all workers</span>
            </button>
            <button type="button" data-action="unload" data-models={model}>
              Unload <span class="visually-hidden">{titles[model]} on all workers</span>
            </button>
          </span>
        </li>
      ))}
      <li data-workers>
        <strong>Workers</strong>
        <span class="muted" data-part="states">
          –
        </span>
        <span class="buttons">
          <button type="button" data-action="pause">
            Pause <span class="visually-hidden">all workers</span>
          </button>
          <button type="button" data-action="resume">
            Resume <span class="visually-hidden">all workers</span>
          </button>
        </span>
      </li>
    </ul>
  </section>
);

/** `GET /admin/fleet`, for operators. `fleet/fleet.js` fills it and keeps it up to date. */
export const FleetPage: FC = () => (
  <Layout
    title="Fleet · Precis"
    root="../"
    current="fleet"
    scripts={["uplot/uplot.js", "fleet/fleet.js"]}
    styles={["uplot/uplot.css", "fleet/fleet.css"]}
  >
    <div class="page-head">
      <h1>Fleet</h1>
      <p class="live" role="status" data-live="connecting">
        Connecting…
      </p>
    </div>
    <noscript>
      <p class="note">
        This page needs JavaScript. <code>GET /memory</code> and <code>GET /metrics</code> have the same figures.
      </p>
    </noscript>
    <p class="note" role="status" id="queue-paused" hidden>
      An operator has paused the queue: jobs are accepted, and no worker claims them. Resume it on the{" "}
      <a href="queues">queue board</a>.
    </p>
    <dl class="figures">
      <Figure name="waiting" label="Jobs waiting" />
      <Figure name="running" label="Jobs running" />
      <Figure name="oldest" label="Longest wait" />
      <Figure name="rate" label="Jobs per minute" />
      <Figure name="workers" label="Workers" />
      <Figure name="memory" label="Resident memory" />
    </dl>
    <div class="charts">
      <figure class="chart">
        <figcaption>
          <span>Resident memory, last hour</span>
          <span class="muted numeric" id="memory-now" />
        </figcaption>
        <div id="memory-chart" role="img" aria-label="Resident memory of all workers over the last hour" />
      </figure>
      <figure class="chart">
        <figcaption>
          <span>Jobs finished per minute</span>
          <span class="muted numeric" id="jobs-now" />
        </figcaption>
        <div id="jobs-chart" role="img" aria-label="Jobs finished in each minute of the last hour" />
      </figure>
    </div>
    <Models />
    <section aria-labelledby="commands-title">
      <h2 id="commands-title">Command results</h2>
      <div id="commands" class="commands" role="log" aria-live="polite">
        <p class="muted" data-part="none">
          No commands sent yet
        </p>
      </div>
    </section>
    <section aria-labelledby="workers-title">
      <div class="section-head">
        <h2 id="workers-title">Workers</h2>
        <label>
          <span class="visually-hidden">Show only workers whose name contains</span>
          <input type="search" id="filter" placeholder="Filter by name" autocomplete="off" />
        </label>
      </div>
      <ul id="workers" class="workers" />
      <p class="muted" id="no-workers" hidden>
        No workers. Jobs are accepted and wait in the queue until a worker starts.
      </p>
    </section>
    <WorkerTemplate />
  </Layout>
);
