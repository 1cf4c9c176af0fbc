import { keyRoles } from "@precis/contracts";
import type { Command } from "commander";
import { oneOf } from "../parse-value.js";
import type { RunAction } from "../run-action.js";

/** API keys and webhook secrets: these commands work on Redis itself, without an API key and without a running API. */
export function addKeysCommands(program: Command, run: RunAction): void {
  const keys = program.command("keys").description("create, list and revoke API keys");
  keys
    .command("create")
    .summary("create an API key and print it")
    .option("--name <name>", "what the key is for")
    .option("--role <role>", keyRoles.join("|"), oneOf("--role", keyRoles), "submit")
    .option("--owner <owner>", "whose jobs the key can see (default: the key's own)")
    .option("--json", "print the key and what is stored about it as JSON")
    .action(run(async () => (await import("./keys.js")).createKey));
  keys
    .command("list")
    .summary("list API keys")
    .option("--json", "print the list as JSON")
    .action(run(async () => (await import("./keys.js")).listKeys));
  keys
    .command("revoke")
    .summary("revoke an API key")
    .argument("<PREFIX>", "the key's prefix, or the key")
    .action(run(async () => (await import("./keys.js")).revokeKey));

  const webhooks = program.command("webhooks").description("show or replace the secret that signs webhooks");
  webhooks
    .command("secret")
    .summary("print the secrets that sign webhooks, newest first")
    .action(run(async () => (await import("../webhooks.js")).showSecrets));
  webhooks
    .command("rotate")
    .summary("replace the secret; the previous one signs for 24 hours more")
    .action(run(async () => (await import("../webhooks.js")).rotate));
}
