// Which part may import which; `npm run check` and `npm test` enforce it. The reasons are in docs/decisions.
import swc from "@swc/core";

// dependency-cruiser 17 parses .tsx without JSX (sverweij/dependency-cruiser#1081; fixed in 18.6, which needs Node 22), and
// the JavaScript API of the compiler, its default parser, is not part of TypeScript 7.
const { parseFileSync } = swc;
swc.parseFileSync = (file, options) => parseFileSync(file, { ...options, tsx: file.endsWith(".tsx") });

const inference = "^packages/inference/src/(index|network)\\.ts$";
const runtime = "node_modules/(onnxruntime-|@huggingface/)";
/** npm packages and Node's own modules. */
const external = ["npm", "npm-dev", "npm-optional", "npm-peer", "npm-no-pkg", "npm-unknown", "core"];

const rule = (name, comment, from, to) => ({ name, comment, severity: "error", from, to });

export default {
  forbidden: [
    rule("no-circular", "a cycle has no bottom to start reading from; type-only imports count", {}, { circular: true }),
    rule(
      "resolvable",
      "every import names a file or an installed package; those of bench are installed by its first run",
      { pathNot: "^bench/" },
      { couldNotResolve: true },
    ),
    rule("packages-know-no-app", "apps depend on packages", { path: "^packages/" }, { path: "^apps/" }),
    rule("no-app-on-an-app", "apps meet in Redis only", { path: "^apps/([^/]+)/" }, { path: "^apps/(?!$1/)" }),
    rule(
      "packages-by-name",
      "a package is imported by its name, which makes it a declared dependency, and never by a path into it",
      { path: "^(bench|apps/[^/]+|packages/[^/]+)/" },
      { path: "^(apps|packages|scripts)/", pathNot: "^$1/", dependencyTypes: ["local"] },
    ),
    rule(
      "the-api-runs-no-model",
      "the API reaches neither inference nor a model runtime, however many files lie between",
      { path: "^apps/api/src/main\\.ts$" },
      { path: `${inference}|${runtime}`, reachable: true },
    ),
    rule(
      "the-supervisor-runs-no-model",
      "a worker's supervisor reaches neither inference nor a model runtime: models run in processes of their own",
      { path: "^apps/worker/src/main\\.ts$" },
      { path: `${inference}|${runtime}`, reachable: true },
    ),
    rule(
      "a-model-process-knows-no-queue",
      "a model process speaks to its supervisor only",
      { path: "^apps/worker/src/model-process/main\\.ts$" },
      { path: "^packages/(queue|redis|control)/src/index\\.ts$|node_modules/(bullmq|ioredis)/", reachable: true },
    ),
    rule(
      "contracts-import-zod-only",
      "contracts are the bottom of everything",
      { path: "^packages/contracts/" },
      { pathNot: "^packages/contracts/|node_modules/zod/" },
    ),
    rule(
      "onnx-imports-node-only",
      "graph passes are pure: from graph to graph, without a runtime",
      { path: "^packages/onnx/" },
      { pathNot: "^packages/onnx/", dependencyTypesNot: ["core"] },
    ),
    rule(
      "the-client-depends-on-nothing",
      "the client runs in browsers and in Node",
      { path: "^packages/client/" },
      { pathNot: "^packages/client/" },
    ),
    rule(
      "browser-code-imports-browser-code",
      "what runs in a browser imports nothing that does not",
      { path: "^packages/ui/src/[^/]+/[^/]+\\.ts$" },
      { pathNot: "^packages/(ui|client|contracts)/|node_modules/(uplot|zod)/" },
    ),
    rule(
      "views-load-nothing",
      "a view renders what it is given",
      { path: "^packages/ui/src/.*\\.tsx$" },
      { pathNot: "^packages/(ui|contracts)/|node_modules/hono/" },
    ),
    rule(
      "bullmq-behind-one-seam",
      "BullMQ is imported in one place, where contract tests check it; the benchmarks compare with bare BullMQ",
      { pathNot: "^packages/queue/src/bullmq/|^bench/" },
      { path: "node_modules/bullmq/" },
    ),
    rule(
      "only-inference-imports-a-runtime",
      "one package opens models",
      { pathNot: "^packages/inference/|^bench/" },
      { path: runtime },
    ),
  ],
  options: {
    parser: "swc",
    tsPreCompilationDeps: true,
    exclude: { path: "\\.test\\.tsx?$|^bench/\\.cache/" },
    doNotFollow: { dependencyTypes: external, path: "node_modules|/dist/" },
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["import", "node", "default"] },
    // Sources instead of builds, so that a chain of imports is followed from package to package.
    webpackConfig: { fileName: "scripts/resolve-to-source.mjs" },
  },
};
