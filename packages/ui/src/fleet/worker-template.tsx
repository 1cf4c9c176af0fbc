import type { FC } from "hono/jsx";

/** The markup of one worker; the script copies it for each. */
export const WorkerTemplate: FC = () => (
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
            title="Stop claiming jobs, finish the running ones, unload all models"
          >
            Drain
          </button>
        </div>
      </div>
      <div class="worker-memory">
        <meter data-part="meter" max={100} />
        <span class="numeric" data-part="memory" />
        <div class="sparkline" data-part="sparkline" aria-hidden="true" />
      </div>
      <ul class="worker-models" data-part="models" />
    </li>
  </template>
);
