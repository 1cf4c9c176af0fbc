// `npm run bench:setup`: makes the Python environment and the models of the full benchmarks in bench/.cache, unless they
// exist. Takes about ten minutes and 8 GB of memory the first time.
import { setupPython } from "../baseline/setup-python.mjs";
import { makeModels } from "../models/make-models.mjs";

setupPython();
await makeModels();
