/**
 * Remembers what `ask` found for a name, for `ms` and at most `most` names, so that Redis is not asked at each request.
 * What was not found is asked again each time; simultaneous questions for the same name are asked once.
 */
export function remember<Found>(
  ask: (name: string) => Promise<Found | undefined>,
  { ms, most, now = Date.now }: { ms: number; most: number; now?: () => number },
): { get(name: string): Promise<Found | undefined>; forget(name: string): void } {
  const known = new Map<string, { found: Promise<Found | undefined>; until: number }>();
  return {
    get: (name) => {
      const entry = known.get(name);
      if (entry !== undefined && entry.until > now()) return entry.found;
      const found = ask(name);
      known.delete(name);
      known.set(name, { found, until: now() + ms });
      if (known.size > most) known.delete(known.keys().next().value as string);
      const drop = () => {
        if (known.get(name)?.found === found) known.delete(name);
      };
      found.then((value) => value === undefined && drop(), drop);
      return found;
    },
    forget: (name) => void known.delete(name),
  };
}
