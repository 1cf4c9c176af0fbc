const everyMs = 1_000;

/** Tells of progress at every file and once a second. */
export function createPullProgress(tell: (message: string) => void) {
  let last = 0;
  return (file: string, bytes: number, total: number | undefined) => {
    const whole = bytes === total;
    if (!whole && Date.now() - last < everyMs) return;
    last = Date.now();
    tell(`  ${file}: ${megabytes(bytes)}${total === undefined ? "" : ` of ${megabytes(total)}`}`);
  };
}

const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;
