import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadConfig } from "@precis/config";
import { launch, type Precis } from "@precis/launcher";

/** A whole Precis of its own: private Redis in a new folder, a free port, as many workers as asked for. */
export async function startPrecis(settings: Record<string, string> = {}): Promise<Precis> {
  const home = await mkdtemp(join(tmpdir(), "precis-test-"));
  const { REDIS_URL: _, ...inherited } = process.env;
  const env = { ...inherited, PORT: "0", PRECIS_HOME: home, LOG_LEVEL: "error", JOB_LOCK: "2s", ...settings };
  const precis = await launch({ config: loadConfig(env), env, output: "inherit", onProgress: () => {} });
  return {
    ...precis,
    stop: async () => {
      await precis.stop();
      await rm(home, { recursive: true, force: true });
    },
  };
}
