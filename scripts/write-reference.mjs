// `npm run docs`: writes the pages of docs/reference that are generated from the code.

import { writeFileSync } from "node:fs";
import { describeMetrics } from "../apps/api/dist/metrics/describe-metrics.js";
import { describeCommands } from "../packages/cli/dist/index.js";
import { describeSettings } from "../packages/config/dist/index.js";
import { describeErrors } from "../packages/contracts/dist/index.js";

const pages = {
  "cli.md": describeCommands(),
  "configuration.md": describeSettings(),
  "errors.md": describeErrors(),
  "metrics.md": describeMetrics(),
};
for (const [name, text] of Object.entries(pages)) {
  writeFileSync(new URL(`../docs/reference/${name}`, import.meta.url), text);
}
