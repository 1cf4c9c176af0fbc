import type { Node } from "../graph/model.js";

const originals = new WeakMap<Node, Uint8Array>();

/** Keeps a node's encoded field as it was in its file. A changed copy of the node is another object and has no original. */
export function rememberOriginal(node: Node, field: Uint8Array): void {
  originals.set(node, field);
}

export function originalOf(node: Node): Uint8Array | undefined {
  return originals.get(node);
}
