import { readSync } from "node:fs";

/**
 * Fills `into` with what stands in a file from `from` on: one read may give less than is asked for.
 *
 * @returns bytes read: fewer than asked for when the file ends before
 */
export function readFully(file: number, into: Uint8Array, from: number): number {
  let at = 0;
  while (at < into.length) {
    const count = readSync(file, into, at, into.length - at, from + at);
    if (count === 0) break;
    at += count;
  }
  return at;
}
