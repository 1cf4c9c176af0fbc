// `npm start`: installs and builds what is missing, then runs Precis until Ctrl-C.
import { build, install } from "./prepare.mjs";

install();
build();
const { up } = await import("../packages/cli/dist/up.js");
process.exitCode = await up(process.env);
