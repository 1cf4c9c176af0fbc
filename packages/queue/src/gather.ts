/** How much is done together at most. */
export interface GatherLimits<Item> {
  items: number;
  /** Sum of `sizeOf` from which on a group takes nothing more. */
  size: number;
  sizeOf(item: Item): number;
}

/**
 * Does together what is asked for in the same turn of the event loop: under load the cost of a round trip is shared by
 * many, while one that comes alone is done at the end of its own turn, so without waiting for anybody.
 *
 * @param work does a group, in the order the items came; returns the fault of each item that failed, by its place. When it
 * throws, the whole group has failed.
 */
export function gather<Item>(
  work: (items: readonly Item[]) => Promise<ReadonlyMap<number, Error>>,
  limits: GatherLimits<Item>,
): (item: Item) => Promise<void> {
  interface Asked {
    item: Item;
    resolve: () => void;
    reject: (error: unknown) => void;
  }
  let group: Asked[] = [];
  let size = 0;

  const flush = async () => {
    const asked = group;
    group = [];
    size = 0;
    try {
      const faults = await work(asked.map(({ item }) => item));
      for (const [place, { resolve, reject }] of asked.entries()) {
        const fault = faults.get(place);
        if (fault === undefined) resolve();
        else reject(fault);
      }
    } catch (error) {
      for (const { reject } of asked) reject(error);
    }
  };

  return (item) =>
    new Promise((resolve, reject) => {
      group.push({ item, resolve, reject });
      size += limits.sizeOf(item);
      if (group.length >= limits.items || size >= limits.size) void flush();
      // The first of a group; one that has been done meanwhile because it was full leaves an empty or a younger one behind.
      else if (group.length === 1) setImmediate(() => void (group.length > 0 && flush()));
    });
}
