/** An object without the members that are `undefined`, for types whose optional members must be absent instead. */
export function omitUndefined<Whole extends object>(
  whole: Whole,
): { [Name in keyof Whole]?: Exclude<Whole[Name], undefined> } {
  return Object.fromEntries(Object.entries(whole).filter(([, value]) => value !== undefined)) as {
    [Name in keyof Whole]?: Exclude<Whole[Name], undefined>;
  };
}
