/** One thing that was looked at. */
export interface Finding {
  /** What was looked at, in a word or two: `redis`, `model bart`. */
  check: string;
  ok: boolean;
  found: string;
  /** What to do about it; only when something is wrong. */
  advice?: string;
}

export const fine = (check: string, found: string): Finding => ({ check, ok: true, found });

export const fault = (check: string, found: string, advice: string): Finding => ({ check, ok: false, found, advice });

export const mb = (bytes: number) => `${Math.round(bytes / 1e6)} MB`;
