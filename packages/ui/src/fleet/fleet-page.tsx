import { modelNames } from "@precis/contracts";
import type { FC } from "hono/jsx";
import { Layout } from "../pages/layout.js";

const titles = { bart: "BART", t5: "T5" };

const Figure: FC<{ name: string; label: string }> = ({ name, label }) => (
  <div class="figure">
    <dt>{label}</dt>
    <dd data-figure={name}>–</dd>
  </div>
);

/** The markup of one worker, which the script copies for each. */
const WorkerTemplate: FC = () => (
  <template id="worker">
    <li class="worker">
      <div class="worker-head">
        <h3 data-part="id">worker</h3>
        <span class="chip" data-part="status" />
        <span class="muted" data-part="facts" />
        <div class="buttons">
          <button type="button" class="quiet" data-part="pause" />
          <button
            type="button"
            class="quiet"
            data-part="drain"
            title="Take no new jobs, finish the running ones, free the memory"
          >
            Drain
          </button>
        </div>
      </div>
      <div class="worker-memory">
        <meter data-part="meter" max={100} />
        <span class="numeric" data-part="memory" />
        <div class="spark" data-part="spark" aria-hidden="true" />
      </div>
      <ul class="worker-models" data-part="models" />
    </li>
  </template>
);

/** The operator's page; everything in it is filled and kept up to date by `fleet/fleet.js`. */
export const FleetPage: FC = () => (
  <Layout
    title="Fleet · Precis"
    root="../"
    here="fleet"
    scripts={["uplot.js", "fleet/fleet.js"]}
    styles={["uplot.css"]}
  >
    <div class="page-head">
      <h1>Fleet</h1>
      <p class="live" role="status" data-live="connecting">
        connecting …
      </p>
    </div>
    <noscript>
      <p class="note">
        This page needs JavaScript; <code>GET /memory</code> and <code>GET /metrics</code> tell the same.
      </p>
    </noscript>
    <dl class="figures">
      <Figure name="waiting" label="Waiting" />
      <Figure name="running" label="Running" />
      <Figure name="oldest" label="Oldest waiting" />
      <Figure name="rate" label="Jobs a minute" />
      <Figure name="workers" label="Workers" />
      <Figure name="memory" label="Memory held" />
    </dl>
    <div class="charts">
      <figure class="chart">
        <figcaption>
          <span>Memory of the fleet, last hour</span>
          <span class="muted numeric" id="memory-now" />
        </figcaption>
        <div id="memory-chart" role="img" aria-label="Memory of the fleet over the last hour" />
      </figure>
      <figure class="chart">
        <figcaption>
          <span>Jobs that ended, by minute</span>
          <span class="muted numeric" id="jobs-now" />
        </figcaption>
        <div id="jobs-chart" role="img" aria-label="Jobs that ended in each minute of the last hour" />
      </figure>
    </div>
    <section aria-labelledby="models-title">
      <h2 id="models-title">Models, everywhere</h2>
      <ul class="everywhere">
        {modelNames.map((model) => (
          <li data-model={model}>
            <strong>{titles[model]}</strong>
            <span class="muted" data-part="states">
              –
            </span>
            <span class="buttons">
              <button type="button" data-action="load" data-models={model}>
                Load <span class="hidden">{titles[model]} everywhere</span>
              </button>
              <button type="button" data-action="unload" data-models={model}>
                Unload <span class="hidden">{titles[model]} everywhere</span>
              </button>
            </span>
          </li>
        ))}
        <li>
          <strong>All workers</strong>
          <span class="muted">taking jobs</span>
          <span class="buttons">
            <button type="button" data-action="pause">
              Pause <span class="hidden">all workers</span>
            </button>
            <button type="button" data-action="resume">
              Resume <span class="hidden">all workers</span>
            </button>
          </span>
        </li>
      </ul>
    </section>
    <section aria-labelledby="answers-title">
      <h2 id="answers-title">What the workers answered</h2>
      <div id="answers" class="answers" role="log" aria-live="polite">
        <p class="muted" data-part="none">
          Nothing has been asked of them on this page yet.
        </p>
      </div>
    </section>
    <section aria-labelledby="workers-title">
      <div class="section-head">
        <h2 id="workers-title">Workers</h2>
        <label class="filter">
          <span class="hidden">Show only workers whose name has</span>
          <input type="search" id="filter" placeholder="Filter by name" autocomplete="off" />
        </label>
      </div>
      <ul id="workers" class="workers" />
      <p class="muted" id="no-workers" hidden>
        No worker has been heard from in the last eight seconds. Jobs are accepted and wait.
      </p>
    </section>
    <WorkerTemplate />
  </Layout>
);
