import { UsageError } from "../usage-error.js";

const byteOrderMarks: readonly (readonly [mark: readonly number[], charset: string])[] = [
  [[0xff, 0xfe], "utf-16le"],
  [[0xfe, 0xff], "utf-16be"],
];

/**
 * The text of a file: UTF-8, or UTF-16 with a byte order mark, as Windows writes it. Nothing is replaced.
 *
 * @param name the file, for the error
 * @throws {UsageError} when the bytes are neither
 */
export function decodeFile(bytes: Uint8Array, name: string): string {
  const [, charset = "utf-8"] =
    byteOrderMarks.find(([mark]) => mark.every((byte, index) => bytes[index] === byte)) ?? [];
  try {
    return new TextDecoder(charset, { fatal: true }).decode(bytes);
  } catch {
    const source = name === "-" ? "standard input" : name;
    throw new UsageError(`${source} is not valid ${charset.toUpperCase()}; convert it first: iconv -f LATIN1 -t UTF-8`);
  }
}
