import { settings } from "./settings.js";

type Settings = typeof settings;
type OutputOf<S> = S extends { schema: { _zod: { output: infer Output } } } ? Output : never;

/** Every setting with its parsed value; settings without a default are absent when not given. */
export type Config = {
  readonly [Name in keyof Settings as Settings[Name] extends { default: string } ? Name : never]: OutputOf<
    Settings[Name]
  >;
} & {
  readonly [Name in keyof Settings as Settings[Name] extends { default: string } ? never : Name]?: OutputOf<
    Settings[Name]
  >;
};

/** All faults of a configuration at once, one line each. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(`${faults.length === 1 ? "A setting is" : `${faults.length} settings are`} wrong:\n  ${faults.join("\n  ")}`);
    this.faults = faults;
  }
}

/**
 * Reads every setting from `env`. A variable that is empty counts as absent.
 *
 * @throws {ConfigError} naming every setting that is wrong, what was given and what is allowed.
 */
export function loadConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const config: Record<string, unknown> = {};
  const faults: string[] = [];
  for (const [name, setting] of Object.entries(settings)) {
    const given = env[setting.env];
    const value = given === undefined || given.trim() === "" ? setting.default : given;
    if (value === undefined) continue;
    const result = setting.schema.safeParse(value);
    if (result.success) config[name] = result.data;
    else
      faults.push(
        `${setting.env}=${"secret" in setting ? "***" : value}: ${result.error.issues.map((issue) => issue.message).join(", ")}`,
      );
  }
  if (faults.length > 0) throw new ConfigError(faults);
  return config as Config;
}
