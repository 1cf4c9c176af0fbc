// `npm run build`: builds what has changed since the last build.
import { build } from "./prepare.mjs";

build();
