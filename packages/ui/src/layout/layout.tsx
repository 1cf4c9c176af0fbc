import { raw } from "hono/html";
import type { Child, FC } from "hono/jsx";
import { importMap, type Root } from "../import-map.js";

export interface LayoutProps {
  title: string;
  root: Root;
  current?: "playground" | "fleet" | "login" | undefined;
  /** Scripts below `/assets/`: modules, except uPlot. */
  scripts?: readonly string[];
  /** Style sheets of the page below `/assets/`, besides the shared ones. */
  styles: readonly string[];
  children?: Child;
}

const uplot = "uplot/uplot.js";

/** The frame of every page. */
export const Layout: FC<LayoutProps> = ({ title, root, current, scripts = [], styles, children }) => (
  <>
    {raw("<!doctype html>")}
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>{title}</title>
        <link rel="icon" href={`${root}assets/layout/icon.svg`} />
        {["layout/base.css", "layout/components.css", ...styles].map((file) => (
          <link rel="stylesheet" href={`${root}assets/${file}`} />
        ))}
        {scripts.length === 0 ? null : <script type="importmap">{raw(importMap(root))}</script>}
        {scripts.map((file) =>
          file === uplot ? (
            <script defer src={`${root}assets/${file}`} />
          ) : (
            <script type="module" src={`${root}assets/${file}`} />
          ),
        )}
      </head>
      <body>
        <a class="skip" href="#main">
          Skip to content
        </a>
        <header class="masthead">
          <a class="brand" href={root}>
            Precis
          </a>
          <nav aria-label="Pages">
            <a href={root} aria-current={current === "playground" ? "page" : undefined}>
              Playground
            </a>
            <a href={`${root}admin/fleet`} aria-current={current === "fleet" ? "page" : undefined}>
              Fleet
            </a>
            <a href={`${root}admin/queues`}>Queues</a>
            <a href={`${root}docs`}>API</a>
            <a href={`${root}login`} aria-current={current === "login" ? "page" : undefined}>
              Log in
            </a>
          </nav>
        </header>
        <main id="main">{children}</main>
      </body>
    </html>
  </>
);
