/** What a Redis says about itself, as far as Precis depends on it. */
export interface ServerFacts {
  product: "Redis" | "Valkey";
  /** Redis version it is compatible with, as `major.minor.patch`; empty when it is not known. */
  version: string;
  /** Empty when it is not known. */
  maxmemoryPolicy: string;
  appendOnly: boolean;
  usedMemoryBytes: number;
  /** 0 when unlimited. */
  maxmemoryBytes: number;
  mode: "standalone" | "sentinel" | "cluster";
  /** Address of the primary when this is a replica. */
  replicaOf?: string;
  /** Percent of its data in memory while the server is still loading it. */
  loadedPercent?: number;
}

/** Reads the facts from the reply of `INFO`, which needs no more than the right to that command. */
export function readInfo(info: string): ServerFacts {
  const field = (name: string) => new RegExp(`^${name}:(.*?)\\r?$`, "m").exec(info)?.[1] ?? "";
  return {
    product: field("server_name") === "valkey" ? "Valkey" : "Redis",
    version: field("redis_version"),
    maxmemoryPolicy: field("maxmemory_policy"),
    appendOnly: field("aof_enabled") === "1",
    usedMemoryBytes: Number(field("used_memory")),
    maxmemoryBytes: Number(field("maxmemory")),
    mode: readMode(field("server_mode") || field("redis_mode"), field("cluster_enabled") === "1"),
    ...(field("role") === "slave" ? { replicaOf: `${field("master_host")}:${field("master_port")}` } : {}),
    ...(field("loading") === "1" ? { loadedPercent: Math.round(Number(field("loading_loaded_perc")) || 0) } : {}),
  };
}

/** Reads the reply of `HELLO`, which every user may send, also one who may not run `INFO`. */
export function readHello(reply: unknown): Partial<ServerFacts> {
  const list = Array.isArray(reply) ? reply.map(String) : [];
  const field = (name: string) => list[list.indexOf(name) + 1] ?? "";
  if (!list.includes("version")) return {};
  return {
    product: field("server") === "valkey" ? "Valkey" : "Redis",
    version: field("version"),
    mode: readMode(field("mode"), false),
    ...(field("role") === "replica" || field("role") === "slave" ? { replicaOf: "" } : {}),
  };
}

function readMode(mode: string, isCluster: boolean): ServerFacts["mode"] {
  if (mode === "sentinel") return "sentinel";
  return mode === "cluster" || isCluster ? "cluster" : "standalone";
}
