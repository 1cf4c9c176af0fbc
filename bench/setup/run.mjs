// `npm run bench:setup`: makes the Python environment and the models the full benchmarks need, in bench/.cache. Skips what
// is there. Takes about ten minutes and 8 GB of memory the first time.
import { setupPython } from "../baseline/setup-python.mjs";
import { makeModels } from "../models/make-models.mjs";

setupPython();
await makeModels();
