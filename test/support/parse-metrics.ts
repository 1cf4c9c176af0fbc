/** One line of Prometheus' text format. */
export interface Sample {
  name: string;
  labels: Record<string, string>;
  value: number;
}

/** Reads the text format; a line it cannot read is an error. */
export function parseMetrics(text: string): Sample[] {
  return text
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => {
      const match = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/.exec(line);
      if (match === null) throw new Error(`not a sample: ${line}`);
      const labels = [...(match[2] ?? "").matchAll(/(\w+)="((?:[^"\\]|\\.)*)",?/g)];
      return {
        name: match[1] as string,
        labels: Object.fromEntries(labels.map(([, label, value]) => [label, value])),
        value: match[3] === "+Inf" ? Number.POSITIVE_INFINITY : Number(match[3]),
      };
    });
}
