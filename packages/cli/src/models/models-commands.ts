import type { Command } from "commander";
import { oneOf, wholeNumber } from "../parse-value.js";
import type { RunAction } from "../run-action.js";

const bitsAllowed = ["8", "4"] as const;
const blocksAllowed = ["32", "64", "128"] as const;

/** Model sets: these commands work on files, without Redis and without a running API. */
export function addModelsCommands(program: Command, run: RunAction): void {
  const models = program.command("models").description("list, verify, download, convert and measure model sets");
  const ofSet = (name: string, summary: string) =>
    models.command(name).summary(summary).option("--set <set>", "name or manifest of the model set (MODEL_SET)");
  ofSet("list", "show the models of the set").action(run(async () => (await import("./models.js")).listModels));
  ofSet("verify", "check the size and SHA-256 of every file").action(
    run(async () => (await import("./models.js")).verifyModels),
  );
  ofSet("pull", "download the set from its hub").action(run(async () => (await import("./models.js")).pullSet));
  ofSet("convert", "make a set that can be batched from the float32 files of a hub")
    .requiredOption("--to <folder>", "where the new set is written")
    .option("--bits <bits>", `bits of a weight: ${bitsAllowed.join("|")}`, oneOf("--bits", bitsAllowed), "8")
    .option(
      "--block <size>",
      `weights that share a scale: ${blocksAllowed.join("|")} (default: 128, with 4 bits 32)`,
      oneOf("--block", blocksAllowed),
    )
    .action(run(async () => (await import("./models.js")).convertSet));
  ofSet("measure", "measure the peak memory of each model and write it into the manifest (Linux)")
    .option("--rows <n>", "texts that are generated together", wholeNumber("--rows", { min: 2, max: 1_000 }), 32)
    .action(run(async () => (await import("./models.js")).measureSet));
  models
    .command("manifest")
    .summary("write the size and SHA-256 of every file of a set into its manifest")
    .argument("<FOLDER>", "the folder of the set")
    .action(run(async () => (await import("./models.js")).writeManifest));
}
