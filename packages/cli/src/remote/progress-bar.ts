import type { JobEvent } from "@precis/client";

const width = 24;

/** One line with the progress of a job, at most `columns` wide. */
export function progressLine(event: JobEvent, columns: number): string | undefined {
  return wholeLine(event)?.slice(0, Math.max(1, columns - 1));
}

function wholeLine({ event, data }: JobEvent): string | undefined {
  if (event === "queued") return data.position === undefined ? "waiting" : `waiting, number ${data.position} in line`;
  if (event === "started") return `${bar(0)} started`;
  if (event !== "progress") return undefined;
  const { chunks_done, chunks_total, tokens } = data;
  const share = chunks_total === 0 ? 0 : chunks_done / chunks_total;
  return `${bar(share)} ${chunks_done}/${chunks_total} parts, ${tokens} tokens`;
}

function bar(share: number): string {
  const full = Math.round(Math.min(1, share) * width);
  return `[${"#".repeat(full)}${".".repeat(width - full)}]`;
}

/** Keeps one line of a terminal up to date. */
export function openProgressBar(terminal: NodeJS.WriteStream): { show(event: JobEvent): void; close(): void } {
  const clear = "\r\u001b[K";
  return {
    show: (event) => {
      const line = progressLine(event, terminal.columns || 80);
      if (line !== undefined) terminal.write(clear + line);
    },
    close: () => void terminal.write(clear),
  };
}
