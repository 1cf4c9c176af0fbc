import type uPlotType from "uplot";

/** A script of its own, which the page loads before this module. */
declare const uPlot: typeof uPlotType;

export interface Chart {
  /** @param times Unix ms @param series values of each line, as long as `times` */
  show(times: readonly number[], series: readonly (readonly (number | null)[])[]): void;
}

export interface ChartOptions {
  height: number;
  /** Label and color (a variable of the style sheet) of each line. */
  lines: { label: string; color: string; fill?: boolean; dash?: number[] }[];
  format(value: number): string;
  bars?: boolean;
  /** Axes and cursor; without them the chart is a sparkline. */
  axes?: boolean;
}

const colorOf = (name: string) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** Draws lines over time in the colors of the current theme, as wide as its container. */
export function drawChart(container: HTMLElement, options: ChartOptions): Chart {
  let plot: uPlotType | undefined;
  let data: uPlotType.AlignedData | undefined;

  const build = () => {
    plot?.destroy();
    const muted = colorOf("--muted");
    const grid = { stroke: colorOf("--line"), width: 1 };
    const font = `12px ${getComputedStyle(document.body).fontFamily}`;
    const axis = { stroke: muted, grid, ticks: { show: false }, font };
    plot = new uPlot(
      {
        width: Math.max(60, container.clientWidth),
        height: options.height,
        legend: { show: false },
        cursor: { show: options.axes === true, points: { show: false }, drag: { x: false, y: false } },
        padding: options.axes ? [8, 22, 0, 0] : [2, 0, 2, 0],
        scales: {
          x: { time: true, range: spanOf },
          y: { range: (_, __, max) => [0, Math.max(1, (max ?? 0) * 1.15)] },
        },
        axes: options.axes
          ? [
              {
                ...axis,
                size: 28,
                space: 80,
                values: (_, ticks, __, ___, step) => ticks.map((tick) => clock(tick, step)),
              },
              { ...axis, size: 64, space: 36, values: (_, ticks) => ticks.map((tick) => options.format(tick)) },
            ]
          : [{ show: false }, { show: false }],
        series: [
          {},
          ...options.lines.map(({ label, color, fill, dash }): uPlotType.Series => {
            const stroke = colorOf(color);
            return {
              label,
              ...(options.bars ? { width: 0 } : { stroke, width: options.axes ? 1.75 : 1.25 }),
              points: { show: false },
              ...(fill ? { fill: `color-mix(in srgb, ${stroke} ${options.bars ? 75 : 14}%, transparent)` } : {}),
              ...(dash ? { dash } : {}),
              ...(options.bars ? { paths: uPlot.paths.bars?.({ size: [0.7, 14] }) } : {}),
            } as uPlotType.Series;
          }),
        ],
      },
      data ?? [[], ...options.lines.map(() => [])],
      container,
    );
  };

  new ResizeObserver(() => {
    if (plot && container.clientWidth > 0) plot.setSize({ width: container.clientWidth, height: options.height });
  }).observe(container);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", build);

  return {
    show: (times, series) => {
      // A canvas cannot be read; tests read the last value from here.
      container.dataset.last = String(series[0]?.at(-1) ?? "");
      data = [times.map((time) => time / 1_000), ...series.map((values) => [...values])] as uPlotType.AlignedData;
      if (plot === undefined) build();
      else plot.setData(data);
    },
  };
}

const minSpanSeconds = 60;

/** From the first known value to the last, at least a minute: a short line is not lost in an empty hour. */
function spanOf(plot: uPlotType): [number, number] {
  const [times, ...series] = plot.data;
  const end = times.at(-1) ?? Date.now() / 1_000;
  const first = times.findIndex((_, index) => series.some((values) => values[index] != null));
  return [Math.min(times[first] ?? end, end - minSpanSeconds), end];
}

/** Shows seconds only where ticks are less than a minute apart. */
function clock(seconds: number, step: number): string {
  const time = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" } as const;
  return new Date(seconds * 1_000).toLocaleTimeString([], step < 60 ? { ...time, second: "2-digit" } : time);
}
