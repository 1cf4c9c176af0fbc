type Present<Whole> = { [Name in keyof Whole]?: Exclude<Whole[Name], undefined> };

/** An object without the members that are `undefined`, for types whose optional members must be absent instead. */
export function omitUndefined<Whole extends object>(whole: Whole): Present<Whole> {
  const present: Present<Whole> = {};
  for (const name in whole) {
    const value = whole[name];
    if (value !== undefined) present[name] = value as Present<Whole>[typeof name];
  }
  return present;
}
