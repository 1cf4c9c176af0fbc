// Puts every file that browsers load from `/assets/` into `dist/assets`, each also compressed: the last step of the build.
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const here = dirname(fileURLToPath(import.meta.url));
const target = join(here, "dist", "assets");
/** Filled aside and then renamed, so that an API that is running never serves half of it. */
const next = join(here, "dist", "assets.next");

const client = dirname(fileURLToPath(import.meta.resolve("@precis/client")));
const uplot = dirname(fileURLToPath(import.meta.resolve("uplot")));

/** Source folder or file, its place below `/assets/`, and which extensions are taken of a folder. */
const sources = [
  [join(here, "dist", "browser"), "", [".js"]],
  [join(here, "src"), "", [".css", ".svg"]],
  [client, "client", [".js"]],
  [join(uplot, "uPlot.iife.min.js"), "uplot/uplot.js"],
  [join(uplot, "uPlot.min.css"), "uplot/uplot.css"],
  [join(here, "..", "..", "models", "samples", "article.txt"), "playground/sample.txt"],
];

rmSync(next, { recursive: true, force: true });
for (const [source, place, extensions] of sources) {
  const files = extensions === undefined ? [""] : readdirSync(source, { recursive: true });
  for (const file of files) {
    if (extensions !== undefined && !extensions.includes(extname(file))) continue;
    const copy = join(next, place, file);
    mkdirSync(dirname(copy), { recursive: true });
    cpSync(join(source, file), copy);
    const content = readFileSync(copy);
    const quality = { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY };
    writeFileSync(`${copy}.br`, brotliCompressSync(content, { params: quality }));
    writeFileSync(`${copy}.gz`, gzipSync(content, { level: 9 }));
  }
}
if (existsSync(target)) rmSync(target, { recursive: true });
renameSync(next, target);
