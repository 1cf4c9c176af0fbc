import { parser } from "@prometheus-io/lezer-promql";

/** One selector of a query: a metric, and the labels it is asked for or grouped by. */
export interface Selector {
  metric: string;
  labels: string[];
}

/** The metrics a PromQL query reads; the labels of its groupings are asked of each of them. @throws on a syntax error */
export function parsePromql(query: string): Selector[] {
  const tree = parser.parse(query);
  const selectors: Selector[] = [];
  const grouping: string[] = [];
  tree.iterate({
    enter: (node) => {
      const text = query.slice(node.from, node.to);
      if (node.type.isError) throw new Error(`syntax error at ${node.from} in: ${query}`);
      if (node.name === "VectorSelector") {
        const metric = node.node.getChild("Identifier");
        if (metric === null) throw new Error(`a selector without a metric in: ${query}`);
        selectors.push({ metric: query.slice(metric.from, metric.to), labels: [] });
      }
      if (node.name !== "LabelName") return;
      if (node.node.parent?.name === "GroupingLabels") grouping.push(text);
      else selectors.at(-1)?.labels.push(text);
    },
  });
  return selectors.map(({ metric, labels }) => ({ metric, labels: [...labels, ...grouping] }));
}
