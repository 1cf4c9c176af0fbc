import { setFlagsFromString } from "node:v8";

/**
 * Lets the heap grow to eleven times its live size before V8 collects garbage by itself.
 *
 * onnxruntime-node 1.30 returns every result in a new ArrayBuffer, even those that were written in place, and V8 counts each as new
 * memory: up to 20 MB a step. So it collected every few steps, in vain and on both cores. Real large garbage is counted and collected
 * by the inference package (`collectGarbage`).
 */
export function collectRarely(): void {
  setFlagsFromString("--heap-growing-percent=1000");
}
