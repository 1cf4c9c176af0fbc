import { type CounterName, counters, type HistogramName, histograms, totalsFieldSchema } from "@precis/contracts";
import type { Keys, Redis } from "@precis/redis";

/** Collects counts, and adds them to the totals of the fleet in one transaction when they are flushed. */
export interface TotalsCounter {
  /** @param labels values in the order of the counter's labels */
  count(name: CounterName, labels: readonly string[], by?: number): void;
  observe(name: HistogramName, labels: readonly string[], value: number): void;
  /** Adds what was gathered; what could not be written is kept for the next time. */
  flush(): Promise<void>;
}

/** Sums are kept in thousandths, since Redis adds whole numbers exactly. */
const sumScale = 1_000;

const fieldOf = (...parts: readonly (string | number)[]) => parts.join("|");

export function countTotals(redis: Redis, keys: Keys): TotalsCounter {
  let gathered = new Map<string, number>();
  const add = (field: string, by: number) => {
    if (by !== 0) gathered.set(field, (gathered.get(field) ?? 0) + by);
  };
  return {
    count: (name, labels, by = 1) => add(fieldOf(name, ...labels), Math.round(by)),
    observe: (name, labels, value) => {
      const { buckets }: { buckets: readonly number[] } = histograms[name];
      const bucket = buckets.findIndex((bound) => value <= bound);
      add(fieldOf(name, ...labels, bucket === -1 ? buckets.length : bucket), 1);
      add(fieldOf(name, ...labels, "sum"), Math.round(value * sumScale));
    },
    flush: async () => {
      const adding = gathered;
      if (adding.size === 0) return;
      gathered = new Map();
      const transaction = redis.multi();
      for (const [field, by] of adding) transaction.hincrby(keys.totals, field, by);
      try {
        await transaction.exec();
      } catch (error) {
        for (const [field, by] of adding) add(field, by);
        throw error;
      }
    },
  };
}

/** A counter's value for one set of labels. */
export interface CounterTotal {
  labels: Record<string, string>;
  value: number;
}

/** A histogram for one set of labels; `counts` are each bucket's own, the last one that of `+Inf`. */
export interface HistogramTotal {
  labels: Record<string, string>;
  counts: number[];
  sum: number;
}

export interface Totals {
  counters: Record<CounterName, CounterTotal[]>;
  histograms: Record<HistogramName, HistogramTotal[]>;
}

/** Reads the fleet's totals in one round trip. Fields of another version, unknown here, are left out. */
export async function readTotals(redis: Redis, keys: Keys): Promise<Totals> {
  const stored = await redis.hgetall(keys.totals);
  const totals = nothingYet();
  for (const entry of Object.entries(stored)) {
    const parsed = totalsFieldSchema.safeParse(entry);
    if (!parsed.success) continue;
    const [field, value] = parsed.data;
    const [name = "", ...parts] = field.split("|");
    if (isCounter(name)) {
      const labels = named(Object.keys(counters[name].labels), parts);
      if (labels !== undefined) seriesOf(totals.counters[name], labels, () => ({ labels, value: 0 })).value = value;
    } else if (isHistogram(name)) {
      const place = parts.pop() ?? "";
      const labels = named(Object.keys(histograms[name].labels), parts);
      if (labels === undefined) continue;
      const histogram = seriesOf(totals.histograms[name], labels, () => emptyHistogram(name, labels));
      if (place === "sum") histogram.sum = value / sumScale;
      else if (Number(place) < histogram.counts.length) histogram.counts[Number(place)] = value;
    }
  }
  return totals;
}

const isCounter = (name: string): name is CounterName => Object.hasOwn(counters, name);
const isHistogram = (name: string): name is HistogramName => Object.hasOwn(histograms, name);

function named(labels: readonly string[], values: readonly string[]): Record<string, string> | undefined {
  if (labels.length !== values.length) return undefined;
  return Object.fromEntries(labels.map((label, index) => [label, values[index] ?? ""]));
}

function seriesOf<Series extends { labels: Record<string, string> }>(
  list: Series[],
  labels: Record<string, string>,
  make: () => Series,
): Series {
  const found = list.find((series) => Object.entries(labels).every(([label, value]) => series.labels[label] === value));
  if (found !== undefined) return found;
  const made = make();
  list.push(made);
  return made;
}

function emptyHistogram(name: HistogramName, labels: Record<string, string>): HistogramTotal {
  return { labels, counts: histograms[name].buckets.map(() => 0).concat(0), sum: 0 };
}

/** Every known series at 0, so that the first event is an increase and not the birth of a series. */
function nothingYet(): Totals {
  const table = <Name extends string, Series>(names: Name[], make: (name: Name) => Series[]) =>
    Object.fromEntries(names.map((name) => [name, make(name)])) as Record<Name, Series[]>;
  return {
    counters: table(Object.keys(counters) as CounterName[], (name) =>
      combinations(counters[name].labels).map((labels) => ({ labels, value: 0 })),
    ),
    histograms: table(Object.keys(histograms) as HistogramName[], (name) =>
      combinations(histograms[name].labels).map((labels) => emptyHistogram(name, labels)),
    ),
  };
}

function combinations(labels: Record<string, readonly string[]>): Record<string, string>[] {
  return Object.entries(labels).reduce<Record<string, string>[]>(
    (sets, [label, values]) => sets.flatMap((set) => values.map((value) => ({ ...set, [label]: value }))),
    [{}],
  );
}
