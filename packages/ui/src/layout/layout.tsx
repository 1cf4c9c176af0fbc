import { raw } from "hono/html";
import type { Child, FC } from "hono/jsx";

export interface LayoutProps {
  title: string;
  /** Relative address of `/` from the page, so that pages work behind a proxy that strips a path. */
  root: string;
  here?: "playground" | "fleet" | "login" | undefined;
  /** Scripts under `/assets/`; modules, except uPlot. */
  scripts: readonly string[];
  styles?: readonly string[];
  children?: Child;
}

/** The frame of every page of ours. */
export const Layout: FC<LayoutProps> = ({ title, root, here, scripts, styles = [], children }) => (
  <>
    {raw("<!doctype html>")}
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>{title}</title>
        <link rel="icon" href={`${root}assets/icon.svg`} />
        {["desk.css", ...styles].map((file) => (
          <link rel="stylesheet" href={`${root}assets/${file}`} />
        ))}
        {scripts.map((file) =>
          file === "uplot.js" ? (
            <script defer src={`${root}assets/${file}`} />
          ) : (
            <script type="module" src={`${root}assets/${file}`} />
          ),
        )}
      </head>
      <body>
        <a class="skip" href="#main">
          Skip to the content
        </a>
        <header class="masthead">
          <a class="brand" href={root}>
            Precis
          </a>
          <nav aria-label="Pages">
            <a href={root} aria-current={here === "playground" ? "page" : undefined}>
              Playground
            </a>
            <a href={`${root}admin/fleet`} aria-current={here === "fleet" ? "page" : undefined}>
              Fleet
            </a>
            <a href={`${root}admin/queues`}>Queues</a>
            <a href={`${root}docs`}>API</a>
            <a href={`${root}login`} aria-current={here === "login" ? "page" : undefined}>
              Key
            </a>
          </nav>
        </header>
        <main id="main">{children}</main>
      </body>
    </html>
  </>
);
