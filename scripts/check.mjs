// `npm run check`, and part of `npm test`. Each of them ends this process when it finds something.
import { join } from "node:path";
import { build, root, run } from "./prepare.mjs";

const checks = [
  ["Checking format and lint …", "biome", ["check", "."]],
  ["Checking types …", "tsc", ["-p", "tsconfig.check.json"]],
  ["Looking for dead code …", "knip", []],
  ["Checking who imports whom …", "depcruise", ["apps/*/src", "packages/*/src", "bench/*/*.mjs"]],
];

build();
for (const [title, command, args] of checks) {
  console.log(title);
  run(join(root, "node_modules", ".bin", command), args);
}
console.log("Checking the links of the documentation …");
run(process.execPath, [join(root, "scripts", "check-links.mjs")]);
console.log("Checking that BullMQ stays behind its seam …");
run(process.execPath, [join(root, "scripts", "check-bullmq-seam.mjs")]);
