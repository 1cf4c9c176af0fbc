// `npm start`: installs and builds what is missing, then runs Precis until Ctrl-C. `start:lightweight` loads a
// model when a job needs it, whatever PRELOAD says; `start:standard` loads both at the start.
import { build, install } from "./prepare.mjs";

install();
build();
const { up } = await import("../packages/cli/dist/up.js");
const preload = { "--lightweight": "", "--standard": "bart,t5" }[process.argv[2]];
process.exitCode = await up(preload === undefined ? process.env : { ...process.env, PRELOAD: preload });
