// Checks that every relative link in the Markdown files leads to a file that exists, and to a heading of it.
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../", import.meta.url));
const notOurs = /(^|\/)(node_modules|dist|\.cache|\.git|\.turbo)(\/|$)/;
const pages = readdirSync(root)
  .filter((entry) => !notOurs.test(entry))
  .flatMap((entry) =>
    statSync(join(root, entry)).isDirectory()
      ? readdirSync(join(root, entry), { recursive: true }).map((file) => `${entry}/${file.replaceAll("\\", "/")}`)
      : [entry],
  )
  .filter((file) => file.endsWith(".md") && !notOurs.test(file));

/** The anchors of a page, as GitHub makes them from its headings. */
function anchorsOf(file) {
  const headings = readFileSync(join(root, file), "utf8").matchAll(/^#+ (.*)$/gm);
  const slug = (text) =>
    text
      .toLowerCase()
      .replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")
      .replace(/[^\p{L}\p{N}\s_-]/gu, "")
      .trim()
      .replace(/\s/g, "-");
  return [...headings].map(([, text]) => slug(text));
}

const broken = pages.flatMap((page) => {
  const text = readFileSync(join(root, page), "utf8").replace(/^```[\s\S]*?^```$/gm, "");
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, link]) => {
    if (/^([a-z]+:|\/)/.test(link)) return [];
    const [path, anchor] = link.split("#");
    const target = path === "" ? page : normalize(join(dirname(page), path));
    if (!existsSync(join(root, target))) return [`${page}: ${link}: there is no ${target}`];
    if (anchor === undefined || !target.endsWith(".md") || anchorsOf(target).includes(anchor)) return [];
    return [`${page}: ${link}: ${target} has no heading #${anchor}`];
  });
});
for (const line of broken) console.error(line);
process.exitCode = broken.length === 0 ? 0 : 1;
