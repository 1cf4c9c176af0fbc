import { spawn } from "node:child_process";
import { type FSWatcher, watch } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";

export interface Reloader {
  stop(): void;
}

export interface ReloadOptions {
  /** Folders whose TypeScript files and style sheets are watched, all levels deep. */
  folders: readonly string[];
  /** Builds; rejects when the code does not compile. */
  rebuild(): Promise<void>;
  /** Replaces the running processes by ones of the new build. */
  restart(): Promise<void>;
  onProgress(message: string): void;
  /** A burst of changes, as an editor or a checkout makes, counts as one. Default 200 ms. */
  settleMs?: number;
}

/** Rebuilds and restarts when the code changes; code that does not compile is reported, and the old build keeps running. */
export function reloadOnChange(options: ReloadOptions): Reloader {
  const { folders, rebuild, restart, onProgress, settleMs = 200 } = options;
  let timer: NodeJS.Timeout | undefined;
  let running = false;
  let again = false;

  const reload = async () => {
    if (running) {
      again = true;
      return;
    }
    running = true;
    do {
      again = false;
      try {
        onProgress("The code has changed: building …");
        await rebuild();
        onProgress("Restarting …");
        await restart();
        onProgress("Running the new code");
      } catch (error) {
        onProgress(`Not reloaded: ${(error as Error).message}`);
      }
    } while (again);
    running = false;
  };

  const changed = (file: string | null) => {
    if (file !== null && !/(?<!\.test)\.(?:tsx?|css)$/.test(file)) return;
    clearTimeout(timer);
    timer = setTimeout(() => void reload(), settleMs);
  };
  const watchers: FSWatcher[] = folders.map((folder) => watch(folder, { recursive: true }, (_, file) => changed(file)));
  return {
    stop: () => {
      clearTimeout(timer);
      for (const watcher of watchers) watcher.close();
    },
  };
}

/** The source folders of every app and package of the repository. */
export async function sourceFolders(root: string): Promise<string[]> {
  const rooms = await Promise.all(
    ["apps", "packages"].map(async (kind) =>
      (await readdir(join(root, kind), { withFileTypes: true }))
        .filter((entry) => entry.isDirectory())
        .map(({ name }) => join(root, kind, name)),
    ),
  );
  const found = await Promise.all(
    rooms.flat().map(async (room) => ((await readdir(room)).includes("src") ? join(room, "src") : undefined)),
  );
  return found.filter((folder) => folder !== undefined);
}

/** Builds like `npm run build` does. */
export function buildRepository(root: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(root, "scripts", "build.mjs")], {
      cwd: root,
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    const keep = (data: Buffer) => {
      output += data;
    };
    child.stdout.on("data", keep);
    child.stderr.on("data", keep);
    child.once("error", reject);
    child.once("close", (code) => (code === 0 ? resolve() : reject(new Error(`the build failed:\n${output.trim()}`))));
  });
}
