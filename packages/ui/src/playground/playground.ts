/** The playground: submits a text and shows the summary as the model writes it. */
import { copyText } from "../layout/copy-text.js";
import { find, setAttribute, setText } from "../layout/dom.js";
import { plural } from "../layout/format.js";
import { asCurl, asTypeScript, type Request } from "./snippets.js";
import { createSummaryCard, type SummaryCard } from "./summary-card.js";

const form = find<HTMLFormElement>("#form");
const text = find<HTMLTextAreaElement>("#text");
const file = find<HTMLInputElement>("#file");
const results = find("#results");
const submit = find<HTMLButtonElement>("#submit");
const code = find("#code");
const tabs = [...document.querySelectorAll<HTMLButtonElement>("[data-language]")];

/** The code shows the beginning of a long text; the copied code has all of it. */
const maxShownCharacters = 280;

let cards: SummaryCard[] = [];
let language = "curl";

function requests(): Request[] {
  const data = new FormData(form);
  const model = String(data.get("model"));
  const length = Number(data.get("length"));
  const rest = { text: text.value, ...(length > 0 ? { max_length: length } : {}) };
  const models = model === "both" ? (["bart", "t5"] as const) : [model as Request["model"]];
  return models.map((name) => ({ ...rest, model: name }));
}

function codeOf(request: Request): string {
  const url = new URL("api/v1/summarize", location.href).href;
  return language === "curl" ? asCurl(url, request) : asTypeScript(url, request);
}

function showCode(): void {
  const [request] = requests();
  if (request === undefined) return;
  const { text: whole } = request;
  const shown = whole.length > maxShownCharacters ? `${whole.slice(0, maxShownCharacters)}…` : whole || "Your text…";
  setText(code, codeOf({ ...request, text: shown }));
  for (const tab of tabs) setAttribute(tab, "aria-pressed", String(tab.dataset.language === language));
}

function updateForm(): void {
  const words = text.value.trim() === "" ? 0 : text.value.trim().split(/\s+/).length;
  setText(find("#count"), words === 0 ? "" : plural(words, "word"));
  submit.disabled = words === 0;
  showCode();
}

function setTextValue(value: string): void {
  text.value = value;
  updateForm();
  text.focus();
  text.setSelectionRange(0, 0);
  text.scrollTop = 0;
}

async function open(chosen: File | undefined): Promise<void> {
  if (chosen !== undefined) setTextValue(await chosen.text());
}

async function run(): Promise<void> {
  for (const card of cards) card.leave();
  cards = requests().map(createSummaryCard);
  results.replaceChildren(...cards.map(({ element }) => element));
  results.dataset.count = String(cards.length);
  find("#empty").hidden = true;
  const running = cards;
  submit.disabled = true;
  await Promise.all(running.map(({ done }) => done));
  if (running === cards) updateForm();
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  void run();
});
form.addEventListener("input", updateForm);
text.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !submit.disabled) form.requestSubmit();
});
find("#sample").addEventListener("click", async () => {
  setTextValue((await (await fetch("assets/playground/sample.txt")).text()).trim());
});
find("#open").addEventListener("click", () => file.click());
find("#clear").addEventListener("click", () => setTextValue(""));
file.addEventListener("change", () => void open(file.files?.[0]));

// The whole form is a drop target; beside a small one, the browser would open the file.
form.addEventListener("dragover", (event) => {
  event.preventDefault();
  form.dataset.over = "true";
});
form.addEventListener("dragleave", () => delete form.dataset.over);
form.addEventListener("drop", (event) => {
  event.preventDefault();
  delete form.dataset.over;
  const dropped = event.dataTransfer;
  if (dropped?.files[0] !== undefined) void open(dropped.files[0]);
  else setTextValue(dropped?.getData("text/plain") ?? "");
});

for (const tab of tabs) {
  tab.addEventListener("click", () => {
    language = tab.dataset.language ?? "curl";
    showCode();
  });
}
const copy = find<HTMLButtonElement>("#copy-code");
copy.addEventListener("click", () => void copyText(requests().map(codeOf).join("\n\n"), copy));

// After navigating back, browsers restore the text.
updateForm();
