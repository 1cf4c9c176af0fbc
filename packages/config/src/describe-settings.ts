import { settings } from "./settings.js";

/** The configuration page of the docs, as Markdown, made from the settings themselves. */
export function describeSettings(): string {
  const all = Object.values(settings);
  const tables = [...new Set(all.map((setting) => setting.group))].map((group) => {
    const rows = all
      .filter((setting) => setting.group === group)
      .map(
        (setting) =>
          `| \`${setting.env}\` | ${"default" in setting && setting.default !== "" ? `\`${setting.default}\`` : "–"} | ${setting.schema.description ?? "–"} | ${setting.doc} |`,
      );
    return [
      `## ${group}`,
      "",
      "| setting | default | allowed | what it does |",
      "| --- | --- | --- | --- |",
      ...rows,
      "",
    ].join("\n");
  });
  return [
    "# Configuration",
    "",
    "Every setting is an environment variable. Durations are written `250ms`, `30s`, `5m`, `24h`; sizes `512MB`, `2GiB`.",
    "A wrong value stops the start with a message that names what is allowed; all wrong settings are listed at once.",
    "Values of addresses and secrets are never repeated in messages.",
    "",
    "<!-- Made from packages/config/src/settings.ts by `npm run docs`; edit it there. -->",
    "",
    ...tables,
  ].join("\n");
}
