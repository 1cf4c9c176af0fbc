import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/**
 * Collects what loading the program has left behind. V8 would do it too, some quiet seconds later; an API that is busy from
 * the start would carry 25 MB of it along.
 */
export function compactHeap(): void {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  collect();
}
