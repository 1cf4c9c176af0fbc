// Refuses what BullMQ stores and says outside packages/queue/src/bullmq: its keys, hash fields, scores, error texts and imports.
// Only there do contract tests compare them with the installed release. Prints each place and ends with 1 when there is one.
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const sources = /^(apps|packages)\/[^/]+\/src\/.*\.tsx?$|^(test|bench)\/.*\.(ts|mjs)$/;
const allowed = [
  /^packages\/queue\/src\/bullmq\//,
  // What the board shows is BullMQ's own JSON, so its test has to spell it.
  /^apps\/api\/src\/board\/redact\.test\.ts$/,
];

const lists = "wait|active|paused|delayed|prioritized|completed|failed|stalled|stalled-check|waiting-children";
const others = "meta|events|marker|limiter|repeat|pc|id|de|lock|dependencies|processed|logs";
const rules = [
  { what: "a key", pattern: new RegExp(`(?<!/|\\bnode):(?:${lists}|${others})["'\`]`) },
  { what: "a key", pattern: /:(?:summarize|webhooks):|["'`]bull:|keys\.prefix\}:|[qQ]ueueName\}|\.toKey\(/ },
  {
    what: "a field of a job",
    pattern:
      /\b(?:processedOn|finishedOn|failedReason|deferredFailure|returnvalue|stacktrace|attemptsMade|attemptsStarted|stalledCounter)\b|["'`](?:atm|ats|stc|defa)["'`]/,
  },
  { what: "a score", pattern: /priority\w* \* (?:2 ?\*\* ?32|0x100000000)|["'`]precis:start["'`]/ },
  {
    what: "an error text",
    pattern:
      /Missing (?:lock|key) for|Lock mismatch for|is not in the \w+ state|stalled more than|could not renew lock/i,
  },
  // The benchmarks compare Precis with bare BullMQ.
  { what: "an import", pattern: /(?:from|import\() ?["']bullmq["']/, except: /^bench\// },
];

const found = [];
for (const folder of ["apps", "packages", "test", "bench"]) {
  for (const name of await readdir(join(root, folder), { recursive: true })) {
    const file = `${folder}/${name}`;
    if (/(^|\/)(node_modules|dist|\.cache)\//.test(file) || !sources.test(file)) continue;
    if (allowed.some((path) => path.test(file))) continue;
    const lines = (await readFile(join(root, file), "utf8")).split("\n");
    for (const [index, line] of lines.entries()) {
      if (/^\s*(\/\/|\/?\*)/.test(line)) continue;
      for (const { what, pattern, except } of rules) {
        if (pattern.test(line) && !except?.test(file))
          found.push(`${file}:${index + 1}: ${what} of BullMQ: ${line.trim()}`);
      }
    }
  }
}
for (const line of found) console.error(line);
if (found.length > 0) {
  console.error(
    `${found.length} found outside packages/queue/src/bullmq; see docs/decisions/0012-bullmq-behind-one-seam.md`,
  );
  process.exitCode = 1;
}
