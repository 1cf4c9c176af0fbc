import type { FC } from "hono/jsx";
import { Layout } from "../layout/layout.js";

export interface PlaygroundProps {
  /** From the manifest of the model set; absent when the API cannot read it. */
  set?: { name: string; description: string; license: string };
}

const models = [
  { value: "bart", label: "BART", hint: "one to three sentences" },
  { value: "t5", label: "T5", hint: "one sentence" },
  { value: "both", label: "Both", hint: "side by side" },
];
const lengths = [
  { value: "0", label: "Automatic" },
  { value: "25", label: "Short" },
  { value: "50", label: "Medium" },
  { value: "100", label: "Long" },
];

const Choice: FC<{ name: string; value: string; label: string; hint?: string; checked: boolean }> = (choice) => (
  <label class="choice">
    <input type="radio" name={choice.name} value={choice.value} checked={choice.checked} />
    <span>
      {choice.label}
      {choice.hint === undefined ? null : <small>{choice.hint}</small>}
    </span>
  </label>
);

const SummaryTemplate: FC = () => (
  <template id="summary">
    <article class="summary" data-state="pending">
      <header>
        <h2 data-part="title">Summary</h2>
        <span class="chip" data-part="state" role="status" />
      </header>
      <progress data-part="bar" aria-label="Progress" />
      <p class="summary-text" data-part="text" />
      <p class="summary-facts" data-part="facts" />
      <footer class="buttons">
        <button type="button" class="quiet" data-part="copy" hidden>
          Copy
        </button>
        <a class="quiet" data-part="job" href="./" hidden>
          Job page
        </a>
        <a class="quiet" data-part="login" href="login" hidden>
          Log in
        </a>
      </footer>
    </article>
  </template>
);

const SetNote: FC<Required<PlaygroundProps>["set"]> = ({ name, description, license }) => (
  <aside class="note" aria-label="Model set">
    <p>
      <strong>Model set “{name}”.</strong> {description}
    </p>
    {name === "mini" ? (
      <p>
        These are small models for trying Precis out. On English news text they select the important sentences and
        mostly copy them. They do not paraphrase, they sometimes cut or join words wrongly, and they do badly on lists,
        dialogue and other languages. For quality, use a larger set.
      </p>
    ) : null}
    <p>License: {license}.</p>
  </aside>
);

/** `GET /`. */
export const PlaygroundPage: FC<PlaygroundProps> = ({ set }) => (
  <Layout
    title="Precis"
    root="./"
    current="playground"
    scripts={["playground/playground.js"]}
    styles={["playground/playground.css"]}
  >
    <h1>Summarize a text</h1>
    <noscript>
      <p class="note">
        This page needs JavaScript. The API does not: see its <a href="docs">reference</a>.
      </p>
    </noscript>
    <div class="playground">
      <form id="form">
        <div class="editor">
          <label class="visually-hidden" for="text">
            Text
          </label>
          <textarea id="text" placeholder="Paste a text or drop a text file here." autocomplete="off" />
          <div class="editor-foot">
            <span class="muted numeric" id="count" aria-live="off" />
            <span class="buttons">
              <button type="button" class="link" id="sample">
                Use sample text
              </button>
              <button type="button" class="link" id="open">
                Open file
              </button>
              <button type="button" class="link" id="clear">
                Clear
              </button>
              <input type="file" id="file" accept=".txt,.md,text/*" hidden />
            </span>
          </div>
        </div>
        <div class="options">
          <fieldset>
            <legend>Model</legend>
            <div class="choices">
              {models.map((model) => (
                <Choice name="model" checked={model.value === "bart"} {...model} />
              ))}
            </div>
          </fieldset>
          <fieldset>
            <legend>Length</legend>
            <div class="choices">
              {lengths.map((length) => (
                <Choice name="length" checked={length.value === "0"} {...length} />
              ))}
            </div>
          </fieldset>
          <button type="submit" class="primary" id="submit">
            Summarize
          </button>
        </div>
      </form>
      <section class="outcome" aria-label="Summaries">
        <div id="results" class="results" aria-live="polite" />
        <p class="empty" id="empty">
          The summary appears here as the model writes it.
        </p>
      </section>
    </div>
    <section class="code" aria-labelledby="code-title">
      <div class="section-head">
        <h2 id="code-title">Request as code</h2>
        <div class="buttons">
          <button type="button" class="quiet" data-language="curl" aria-pressed="true">
            curl
          </button>
          <button type="button" class="quiet" data-language="typescript" aria-pressed="false">
            TypeScript
          </button>
          <button type="button" class="quiet" id="copy-code">
            Copy
          </button>
        </div>
      </div>
      {/* Focusable, so that it can be scrolled with the keyboard. */}
      <pre tabindex={0}>
        <code id="code" />
      </pre>
    </section>
    {set === undefined ? null : <SetNote {...set} />}
    <SummaryTemplate />
  </Layout>
);
