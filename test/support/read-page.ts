import { gzipSync } from "node:zlib";

/** A page of ours with all the JavaScript it loads. */
export interface ReadPage {
  html: string;
  headers: Headers;
  /** Address and content of each script, imported modules included. */
  scripts: Map<string, string>;
  /** Size of all scripts, each gzipped for itself, in bytes. */
  scriptBytes: number;
}

/** Loads a page and, as a browser would, its scripts and the modules they import, by the page's import map too. */
export async function readPage(url: string): Promise<ReadPage> {
  const response = await fetch(url);
  const html = await response.text();
  const map = /<script type="importmap">([^<]*)<\/script>/.exec(html)?.[1] ?? '{"imports":{}}';
  const { imports } = JSON.parse(map) as { imports: Record<string, string> };
  const scripts = new Map<string, string>();
  const load = async (address: string): Promise<void> => {
    if (scripts.has(address)) return;
    const script = await fetch(address);
    if (!script.ok) throw new Error(`${address} answered ${script.status}`);
    const source = await script.text();
    scripts.set(address, source);
    for (const [, imported = ""] of source.matchAll(/(?:from|import)\s*"([^"]+)"/g)) {
      const mapped = imports[imported];
      await load(mapped === undefined ? new URL(imported, address).href : new URL(mapped, url).href);
    }
  };
  for (const [, src = ""] of html.matchAll(/<script[^>]*\ssrc="([^"]+)"/g)) await load(new URL(src, url).href);
  const scriptBytes = [...scripts.values()].reduce((sum, source) => sum + gzipSync(source).length, 0);
  return { html, headers: response.headers, scripts, scriptBytes };
}
