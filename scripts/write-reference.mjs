// `npm run docs`: writes the pages of docs/reference that are generated from the code.

import { writeFileSync } from "node:fs";
import { describeCommands } from "../packages/cli/dist/index.js";
import { describeSettings } from "../packages/config/dist/index.js";

const pages = { "configuration.md": describeSettings(), "cli.md": describeCommands() };
for (const [name, text] of Object.entries(pages)) {
  writeFileSync(new URL(`../docs/${name}`, import.meta.url), text);
}
