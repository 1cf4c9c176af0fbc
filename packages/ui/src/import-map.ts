import { createHash } from "node:crypto";

/** Relative addresses of `/` from the pages: relative, so that the pages work below a path that a proxy strips. */
const roots = ["./", "../"] as const;
export type Root = (typeof roots)[number];

/** Where a browser finds the packages that the scripts import by name. */
export function importMap(root: Root): string {
  return JSON.stringify({ imports: { "@precis/client": `${root}assets/client/index.js` } });
}

/** For the content security policy: import maps have to be inline, and nothing else may be. */
export const importMapHashes: readonly string[] = roots.map(
  (root) => `'sha256-${createHash("sha256").update(importMap(root)).digest("base64")}'`,
);
