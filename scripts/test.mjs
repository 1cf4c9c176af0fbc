// `npm test`: installs what is missing, builds, checks format and types, and runs every test (import rules included).
import { join } from "node:path";
import { build, install, root, run } from "./prepare.mjs";

const bin = (name) => join(root, "node_modules", ".bin", name);

install();
build();
console.log("Checking format and lint …");
run(bin("biome"), ["check", "."]);
console.log("Checking types …");
run(bin("tsc"), ["-p", "tsconfig.check.json"]);
console.log("Testing …");
run(bin("vitest"), ["run"]);
