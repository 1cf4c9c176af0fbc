import { UsageError } from "./usage-error.js";

/** Reads a whole number. Digits alone count, so that nothing is taken for what it is not: `1e9`, `0x10`, `-1`. */
export function wholeNumber(name: string, { min = 0, max }: { min?: number; max: number }): (text: string) => number {
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (value >= min && value <= max) return value;
    throw new UsageError(`${name} must be a whole number from ${min} to ${max} (got ${text.slice(0, 40)})`);
  };
}

/** Reads one of the allowed words. */
export function oneOf<Word extends string>(name: string, allowed: readonly Word[]): (text: string) => Word {
  return (text) => {
    const word = allowed.find((known) => known === text);
    if (word !== undefined) return word;
    throw new UsageError(`${name} must be one of ${allowed.join(", ")} (got ${text.slice(0, 40)})`);
  };
}

/** Reads an argument that can be given several times. */
export function listOf<Value>(parse: (text: string) => Value): (text: string, before?: Value[]) => Value[] {
  return (text, before = []) => [...before, parse(text)];
}
