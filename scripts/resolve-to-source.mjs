// Where `@precis/…` leads for dependency-cruiser: to the source of what the package exports, not to its build.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const packages = fileURLToPath(new URL("../packages", import.meta.url));
const alias = {};
for (const folder of readdirSync(packages)) {
  const description = join(packages, folder, "package.json");
  // What a package that has moved leaves behind is its build, which git ignores.
  if (!existsSync(description)) continue;
  const { name, exports } = JSON.parse(readFileSync(description, "utf8"));
  for (const [entry, file] of Object.entries(exports)) {
    const source = file.replace("./dist/", "./src/").replace(/\.js$/, ".ts");
    alias[`${join(name, entry)}$`] = join(packages, folder, source);
  }
}

export default { resolve: { alias } };
