import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/**
 * Collects now what V8 would collect some quiet seconds later: loading and unloading a model leaves a supervisor some MB
 * of garbage, and who unloads wants memory back. Takes about 10 ms.
 */
export function compactHeap(): void {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  collect();
}
