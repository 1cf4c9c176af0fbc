import { type Setting, settings } from "./settings.js";

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

/** Configuration of a process that does not start a Redis of its own. */
export type ProcessConfig = Config & { readonly redisUrl: string };

type Environment = Readonly<Record<string, string | undefined>>;

/** All issues of a configuration at once, one line each. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  readonly issues: readonly string[];

  constructor(issues: readonly string[]) {
    super(issues.length === 1 ? issues[0] : `${issues.length} settings are wrong:\n  ${issues.join("\n  ")}`);
    this.issues = issues;
  }
}

/** Longest part of a wrong value that a message repeats. */
const shownLength = 60;

/**
 * Reads every setting from `env`. A variable that is empty counts as absent.
 *
 * @throws {ConfigError} naming every setting that is wrong, what was given and what is allowed.
 */
export function loadConfig(env: Environment): Config {
  const config: Record<string, unknown> = {};
  const issues: string[] = [];
  for (const [name, setting] of Object.entries(settings)) {
    const { value, issue } = readSetting(setting, env);
    if (issue !== undefined) issues.push(issue);
    else if (value !== undefined) config[name] = value;
  }
  if (issues.length > 0) throw new ConfigError(issues);
  return config as Config;
}

/** The same for an API or a worker that was started by itself. */
export async function loadProcessConfig(env: Environment): Promise<ProcessConfig> {
  const config = loadConfig(env);
  if (config.redisUrl !== undefined) return { ...config, redisUrl: config.redisUrl };
  throw new ConfigError(["REDIS_URL must be set, such as redis://127.0.0.1:6379; `npm start` sets it by itself"]);
}

/** Reads the named settings alone, for a command that has nothing to do with the others. @throws {ConfigError} */
export function loadSettings<Name extends keyof Config>(env: Environment, names: readonly Name[]): Pick<Config, Name> {
  const results = names.map((name) => [name, readSetting(settings[name], env)] as const);
  const issues = results.flatMap(([, { issue }]) => issue ?? []);
  if (issues.length > 0) throw new ConfigError(issues);
  return Object.fromEntries(
    results.flatMap(([name, { value }]) => (value === undefined ? [] : [[name, value]])),
  ) as unknown as Pick<Config, Name>;
}

function readSetting(setting: Setting<unknown>, env: Environment): { value?: unknown; issue?: string } {
  const given = env[setting.env];
  const text = given === undefined || given.trim() === "" ? setting.default : given;
  if (text === undefined) return {};
  const result = setting.schema.safeParse(text);
  if (result.success) return { value: result.data };
  const message = result.error.issues.map((issue) => issue.message).join(", ");
  const isShown = setting.secret !== true && setting.address !== true;
  return { issue: `${setting.env} ${message}${isShown ? ` (got ${show(text)})` : ""}` };
}

/** A value on one line. */
function show(text: string): string {
  const line = text.replace(/[\u0000-\u001f\u007f]+/g, " ").trim();
  return line.length > shownLength ? `${line.slice(0, shownLength)}…` : line;
}
