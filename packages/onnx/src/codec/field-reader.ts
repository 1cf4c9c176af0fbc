import { closeSync, fstatSync, openSync } from "node:fs";
import { readFully } from "./read-fully.js";

/** One field of an encoded message: its number and the position of its value in the file. */
export interface Field {
  number: number;
  /** 0 varint, 1 eight bytes, 2 length-delimited, 5 four bytes. */
  wireType: number;
  /** The offset of the field, tag included. */
  start: number;
  /** The offset of its value, and of the first byte after it. */
  from: number;
  to: number;
}

const windowBytes = 65_536;

/**
 * Walks protobuf messages in a file without reading the fields it skips, so that a model of gigabytes is not read for its
 * graph. Reads are synchronous because a walk makes thousands of tiny ones.
 *
 * @see https://protobuf.dev/programming-guides/encoding/
 */
export class FieldReader {
  readonly size: number;
  readonly #file: number | undefined;
  readonly #buffer: Buffer;
  /** The part of the file that is in the buffer. */
  #window: Buffer;
  #windowAt: number;

  private constructor(file: number | undefined, size: number, buffer: Buffer, window: Buffer, windowAt: number) {
    [this.#file, this.size, this.#buffer, this.#window, this.#windowAt] = [file, size, buffer, window, windowAt];
  }

  static open(path: string): FieldReader {
    const file = openSync(path, "r");
    const buffer = Buffer.allocUnsafeSlow(windowBytes);
    return new FieldReader(file, fstatSync(file).size, buffer, buffer.subarray(0, 0), 0);
  }

  /** Reads from a part of a file that is in memory; offsets are those of the file. */
  static over(bytes: Buffer, at: number): FieldReader {
    return new FieldReader(undefined, at + bytes.length, bytes, bytes, at);
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
  }

  /** Copies the bytes between two offsets. */
  bytes(from: number, to: number): Buffer {
    const inWindow = from - this.#windowAt;
    if (inWindow >= 0 && to - this.#windowAt <= this.#window.length) {
      return Buffer.from(this.#window.subarray(inWindow, inWindow + to - from));
    }
    return this.#read(Buffer.allocUnsafeSlow(to - from), from);
  }

  #read(into: Buffer, from: number): Buffer {
    const count = this.#file === undefined ? 0 : readFully(this.#file, into, from);
    if (count === into.length) return into;
    throw new Error(`the file ends at byte ${this.size}, within a field that ends at ${from + into.length}`);
  }

  text({ from, to }: Field): string {
    const inWindow = from - this.#windowAt;
    if (inWindow >= 0 && to - this.#windowAt <= this.#window.length) {
      return this.#window.toString("utf8", inWindow, inWindow + to - from);
    }
    return this.bytes(from, to).toString("utf8");
  }

  /** The value of a varint field. */
  number({ from }: Field): number {
    return this.#varint(from).value;
  }

  /** The values of a repeated integer field, packed or not. */
  numbers({ wireType, from, to }: Field): number[] {
    if (wireType === 0) return [this.#varint(from).value];
    const values: number[] = [];
    for (let at = from; at < to; ) {
      const { value, next } = this.#varint(at);
      values.push(value);
      at = next;
    }
    return values;
  }

  /**
   * The fields of the message between two offsets.
   *
   * @throws {Error} when the bytes are not a protobuf message
   */
  *fields(from: number, to: number): Generator<Field> {
    for (let at = from; at < to; ) {
      const tag = this.#varint(at);
      const number = Math.floor(tag.value / 8);
      const wireType = tag.value % 8;
      const value = this.#extent(wireType, tag.next);
      if (number === 0 || value.to > to) throw new Error(`not a protobuf message at byte ${at}`);
      yield { number, wireType, start: at, from: value.from, to: value.to };
      at = value.to;
    }
  }

  #extent(wireType: number, at: number): { from: number; to: number } {
    if (wireType === 0) return { from: at, to: this.#varint(at).next };
    if (wireType === 1) return { from: at, to: at + 8 };
    if (wireType === 5) return { from: at, to: at + 4 };
    if (wireType !== 2) throw new Error(`not a protobuf message at byte ${at}: wire type ${wireType}`);
    const length = this.#varint(at);
    return { from: length.next, to: length.next + length.value };
  }

  #varint(at: number): { value: number; next: number } {
    let value = 0;
    for (let index = 0, weight = 1; index < 10; index += 1, weight *= 128) {
      const byte = this.#byte(at + index);
      value += (byte & 127) * weight;
      if (byte < 128) return { value, next: at + index + 1 };
    }
    throw new Error(`not a protobuf message at byte ${at}: an unterminated number`);
  }

  #byte(at: number): number {
    const inWindow = at - this.#windowAt;
    if (inWindow >= 0 && inWindow < this.#window.length) return this.#window[inWindow] as number;
    if (at >= this.size) throw new Error(`the file ends at byte ${this.size}, within a field`);
    this.#window = this.#read(this.#buffer.subarray(0, Math.min(windowBytes, this.size - at)), at);
    this.#windowAt = at;
    return this.#window[0] as number;
  }
}
