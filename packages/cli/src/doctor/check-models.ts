import type { Config } from "@precis/config";
import { modelNames } from "@precis/contracts";
import { chooseDevice, findModelIssues, loadModelSet, type ModelSet, resolveModel } from "@precis/models";
import { checkGraphs } from "./check-graphs.js";
import { type Finding, failed, mb, passed } from "./finding.js";

/** The model set, if there is one, every file of both models with size and SHA-256, and the graphs in them. */
export async function checkModels(config: Config): Promise<{ findings: Finding[]; set?: ModelSet }> {
  let set: ModelSet;
  try {
    set = await loadModelSet(config.modelSet);
  } catch (error) {
    return {
      findings: [failed("model set", (error as Error).message, "correct MODEL_SET: `mini`, or the path of a manifest")],
    };
  }
  const device = await chooseDevice(config.device).then(
    (choice) => choice.device,
    () => "cpu" as const,
  );
  const findings = await Promise.all(
    modelNames.map(async (name): Promise<Finding[]> => {
      const model = resolveModel(set, name, config.modelCache);
      const issues = await findModelIssues(model, { hashes: true });
      if (issues.length === 0) {
        const alone = model.batching ? "" : "; one text at a time, see `precis models convert`";
        const found = `${model.files.length} files in ${model.folder}, all right${alone}`;
        return [passed(`model ${name}`, found), checkGraphs(model, device)];
      }
      const found = issues
        .map(({ file, expected, found: is }) => `${file}: expected ${expected}, found ${is}`)
        .join("; ");
      const advice =
        "hub" in model.source
          ? "run `precis models pull`"
          : "restore these files from the repository: git checkout -- models";
      return [failed(`model ${name}`, found, advice)];
    }),
  );
  return { findings: [passed("model set", `${set.name} (${config.modelSet})`), ...findings.flat()], set };
}

/** Whether models can run where `DEVICE` says. */
export async function checkDevice(config: Config): Promise<Finding> {
  try {
    const { device, note } = await chooseDevice(config.device);
    return passed("device", note ?? `DEVICE=${config.device}: models run on ${device}`);
  } catch (error) {
    const [found = "", ...advice] = (error as Error).message.split(" Install ");
    return failed("device", found, `Install ${advice.join(" Install ")}`);
  }
}

/** Whether the memory limit of this machine's settings leaves room for the models at all. */
export function checkMemory(
  config: Config,
  needs: readonly { model: string; bytes: number }[],
  total: number,
): Finding {
  const limit = config.memoryLimitBytes ?? total;
  const source = config.memoryLimitBytes === undefined ? "the machine" : "MEMORY_LIMIT";
  const found = `${mb(limit)} (${source}); at its peak ${needs.map(({ model, bytes }) => `${model} needs ${mb(bytes)}`).join(", ")}`;
  if (limit > total) return failed("memory", `${found}; the machine has ${mb(total)}`, "lower MEMORY_LIMIT");
  const largest = Math.max(...needs.map(({ bytes }) => bytes));
  // A worker keeps below 92 % of its limit and takes about 100 MB itself.
  if (largest + 100e6 > limit * 0.92) {
    return failed("memory", found, "raise MEMORY_LIMIT, lower MODEL_CONCURRENCY, or choose a smaller MODEL_SET");
  }
  return passed("memory", found);
}
