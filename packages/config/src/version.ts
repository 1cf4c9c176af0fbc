import { readFileSync } from "node:fs";

const manifest = readFileSync(new URL("../../../package.json", import.meta.url), "utf8");

/** The release, as the repository's own package.json has it. */
export const version = (JSON.parse(manifest) as { version: string }).version;
