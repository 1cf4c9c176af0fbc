/** Asks every `everyMs` until `reached` holds, and fails after `withinMs`. */
export async function waitForState<State>(
  ask: () => Promise<State>,
  reached: (state: State) => boolean,
  withinMs = 60_000,
  everyMs = 50,
): Promise<State> {
  const deadline = Date.now() + withinMs;
  while (true) {
    const state = await ask();
    if (reached(state)) return state;
    if (Date.now() > deadline) throw new Error(`not reached within ${withinMs} ms; last: ${JSON.stringify(state)}`);
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}
