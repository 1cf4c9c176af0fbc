import { setFlagsFromString } from "node:v8";

/**
 * Lets the heap grow to eleven times what is in use before V8 collects garbage of its own accord.
 *
 * onnxruntime-node 1.30 hands every result back in a new ArrayBuffer, those that were written in place too, and V8 counts
 * each as memory taken anew: up to 20 MB a step. It collected every few steps therefore, for nothing and on both cores. What is
 * garbage indeed and large, the inference package counts and has collected (`collectGarbage`).
 */
export function collectSeldom(): void {
  setFlagsFromString("--heap-growing-percent=1000");
}
