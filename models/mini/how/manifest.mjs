// Writes sizes and SHA-256 of the files of a model set into its manifest: node manifest.mjs <folder of the manifest.json>
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const folder = process.argv[2] ?? ".";
const path = join(folder, "manifest.json");
const manifest = JSON.parse(readFileSync(path, "utf8"));
for (const entry of Object.values(manifest.models)) {
  for (const file of entry.files) {
    const content = readFileSync(join(folder, entry.source.folder, file.path));
    file.size = content.length;
    file.sha256 = createHash("sha256").update(content).digest("hex");
  }
}
writeFileSync(path, `${JSON.stringify(manifest, null, 2)}\n`);
