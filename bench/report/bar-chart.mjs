import { mkdir, writeFile } from "node:fs/promises";
import { dirname } from "node:path";

const escapeXml = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

const style = `text{font:13px system-ui,sans-serif;fill:#1f2933}.title{font-size:16px;font-weight:600}.group{font-weight:600}
.note{fill:#616e7c;font-size:12px}.bar{fill:#9aa5b1}.ours{fill:#0967d2}
@media (prefers-color-scheme:dark){text{fill:#e4e7eb}.note{fill:#9aa5b1}.bar{fill:#616e7c}.ours{fill:#47a3f3}}`;

/**
 * Writes horizontal bars as an SVG picture.
 *
 * @param {string} path
 * @param {{title: string, note: string, unit: string, groups: {name: string, bars: {label: string, value: number,
 * ours?: boolean}[]}[]}} chart bars of one group share a scale
 */
export async function writeBarChart(path, { title, note, unit, groups }) {
  const labels = 290;
  const room = 380;
  const parts = [`<text class="title" x="16" y="28">${escapeXml(title)}</text>`];
  parts.push(`<text class="note" x="16" y="47">${escapeXml(note)}</text>`);
  let y = 62;
  for (const { name, bars } of groups) {
    y += 18;
    parts.push(`<text class="group" x="16" y="${y}">${escapeXml(name)}</text>`);
    y += 8;
    const largest = Math.max(...bars.map(({ value }) => value));
    for (const { label, value, ours } of bars) {
      const width = Math.max(1, (value / largest) * room).toFixed(1);
      const shown = value >= 100 ? value.toFixed(0) : value.toPrecision(3);
      parts.push(
        `<text x="${labels - 8}" y="${y + 14}" text-anchor="end">${escapeXml(label)}</text>`,
        `<rect class="${ours ? "ours" : "bar"}" x="${labels}" y="${y + 2}" width="${width}" height="16" rx="2"/>`,
        `<text x="${labels + Number(width) + 6}" y="${y + 14}">${shown} ${escapeXml(unit)}</text>`,
      );
      y += 22;
    }
    y += 6;
  }
  const size = `width="800" height="${y + 10}" viewBox="0 0 800 ${y + 10}"`;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" ${size} role="img" aria-label="${escapeXml(title)}">
<style>${style}</style>
${parts.join("\n")}
</svg>
`;
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, svg);
}
