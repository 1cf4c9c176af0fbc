const everyMs = 1_000;

/** Reports progress at each file and once a second. */
export function createPullProgress(report: (message: string) => void) {
  let last = 0;
  return (file: string, bytes: number, total: number | undefined) => {
    const whole = bytes === total;
    if (!whole && Date.now() - last < everyMs) return;
    last = Date.now();
    report(`  ${file}: ${megabytes(bytes)}${total === undefined ? "" : ` of ${megabytes(total)}`}`);
  };
}

const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;
