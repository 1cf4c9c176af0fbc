import { readSync } from "node:fs";

/**
 * Fills `into` with the bytes of a file from `from` on. A single read may return fewer bytes than requested.
 *
 * @returns the number of bytes read: fewer than `into` holds when the file ends first
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
