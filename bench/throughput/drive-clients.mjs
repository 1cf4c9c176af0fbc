/**
 * A closed loop of clients, each of which sends its next text when it has received its last summary.
 *
 * @param {string[]} texts
 * @param {number} clients
 * @param {(text: string) => Promise<{summary: string, output_tokens: number}>} summarize
 */
export async function driveClients(texts, clients, summarize) {
  const latencies = [];
  const summaries = new Array(texts.length);
  let tokens = 0;
  let next = 0;
  const client = async () => {
    while (next < texts.length) {
      const index = next;
      next += 1;
      const start = performance.now();
      const { summary, output_tokens } = await summarize(texts[index]);
      latencies.push(performance.now() - start);
      summaries[index] = summary;
      tokens += output_tokens;
    }
  };
  const start = performance.now();
  await Promise.all(Array.from({ length: clients }, client));
  return { seconds: (performance.now() - start) / 1000, latencies, tokens, summaries };
}
