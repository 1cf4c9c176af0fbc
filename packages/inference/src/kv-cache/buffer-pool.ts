/**
 * Reuses the buffers of caches. Left to the garbage collector, the large buffers of a finished batch would stay in memory
 * beside those of the next one.
 */
export interface BufferPool {
  /** Returns a buffer of at least `length` numbers. Its previous contents are not cleared. */
  acquire(length: number): Float32Array;
  /** Returns a buffer to the pool; its user must not use it afterwards. */
  release(buffer: Float32Array): void;
  /** Drops all buffers that are not in use. */
  clear(): void;
}

/** @param onGarbage called with the size of dropped buffers, since V8 delays collecting what is outside its own heap */
export function createBufferPool(onGarbage: (bytes: number) => void = () => {}): BufferPool {
  let free: Float32Array[] = [];
  return {
    acquire: (length) => {
      const fitting = free.filter((buffer) => buffer.length >= length).sort((one, other) => one.length - other.length);
      const [smallest] = fitting;
      if (smallest !== undefined) {
        free = free.filter((buffer) => buffer !== smallest);
        return smallest;
      }
      // The largest buffer is too small now and would be later, so the new one replaces it.
      const largest = free.sort((one, other) => one.length - other.length).pop();
      if (largest !== undefined) onGarbage(largest.byteLength);
      return new Float32Array(length);
    },
    release: (buffer) => {
      if (buffer.length > 0) free.push(buffer);
    },
    clear: () => {
      const bytes = free.reduce((sum, { byteLength }) => sum + byteLength, 0);
      free = [];
      if (bytes > 0) onGarbage(bytes);
    },
  };
}
