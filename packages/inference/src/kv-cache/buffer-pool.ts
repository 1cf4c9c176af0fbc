/**
 * Buffers for caches that are used again and again. Left to the garbage collector, the large ones of a batch that is gone
 * stay beside those of the next.
 */
export interface BufferPool {
  /** A buffer of at least `length` numbers, with whatever was in it before. */
  take(length: number): Float32Array;
  /** Who gives a buffer back must not use it any more. */
  give(buffer: Float32Array): void;
  /** Lets go of all that are not in use. */
  clear(): void;
}

/**
 * @param dropped told of so many bytes that are garbage now: V8 sees no hurry to collect what lies outside its own heap
 */
export function createBufferPool(dropped: (bytes: number) => void = () => {}): BufferPool {
  let free: Float32Array[] = [];
  return {
    take: (length) => {
      const fitting = free.filter((buffer) => buffer.length >= length).sort((one, other) => one.length - other.length);
      const [smallest] = fitting;
      if (smallest !== undefined) {
        free = free.filter((buffer) => buffer !== smallest);
        return smallest;
      }
      // What did not suffice now would not later: the new one takes its place.
      const largest = free.sort((one, other) => one.length - other.length).pop();
      if (largest !== undefined) dropped(largest.byteLength);
      return new Float32Array(length);
    },
    give: (buffer) => {
      if (buffer.length > 0) free.push(buffer);
    },
    clear: () => {
      const bytes = free.reduce((sum, { byteLength }) => sum + byteLength, 0);
      free = [];
      if (bytes > 0) dropped(bytes);
    },
  };
}
