/** The result of one check. */
export interface Finding {
  /** What was checked, in a word or two: `redis`, `model bart`. */
  check: string;
  ok: boolean;
  found: string;
  /** What to do about it; only when something is wrong. */
  advice?: string;
}

export const passed = (check: string, found: string): Finding => ({ check, ok: true, found });

export const failed = (check: string, found: string, advice: string): Finding => ({ check, ok: false, found, advice });

export const mb = (bytes: number) => `${Math.round(bytes / 1e6)} MB`;
