// `npm run bench:NAME -- OPTIONS`: installs and builds what is missing, then runs bench/NAME/run.mjs in the current folder.
import { join } from "node:path";
import { build, install, root, run } from "./prepare.mjs";

const [name, ...options] = process.argv.slice(2);
const bench = join(root, "bench");

install();
install(bench);
build();
run(process.execPath, [join(bench, name, "run.mjs"), ...options]);
