// `npm run docs`: writes docs/configuration.md from the settings.

import { writeFileSync } from "node:fs";
import { describeSettings } from "../packages/config/dist/index.js";

writeFileSync(new URL("../docs/configuration.md", import.meta.url), describeSettings());
