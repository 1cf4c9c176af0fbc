/** Options that came as strings: numbers become numbers, `metadata.name` an entry of `metadata`, `webhook.url` its URL. */
export function parseOptions(entries: readonly (readonly [string, unknown])[]): Record<string, unknown> {
  const options: Record<string, unknown> = {};
  const metadata: Record<string, unknown> = {};
  const webhook: Record<string, unknown> = {};
  for (const [name, value] of entries) {
    if (name.startsWith("metadata.")) metadata[name.slice("metadata.".length)] = value;
    else if (name === "webhook.url") webhook.url = value;
    else if (name === "webhook.events") webhook.events = [value].flat();
    else if (name === "text") options[name] = value;
    else options[name] = typeof value === "string" && /^-?\d+(\.\d+)?$/.test(value) ? Number(value) : value;
  }
  if (Object.keys(metadata).length > 0) options.metadata = metadata;
  if (Object.keys(webhook).length > 0) options.webhook = webhook;
  return options;
}
