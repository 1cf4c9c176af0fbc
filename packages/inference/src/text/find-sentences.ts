const segmenter = new Intl.Segmenter("en", { granularity: "sentence" });

/** Intl.Segmenter slows down on very long strings; windows keep it linear. */
const windowLength = 8_000;

/**
 * The sentences of a text, in order, with single spaces inside. Blank lines end a sentence; single line ends do not,
 * since most files with them were only wrapped. A sentence longer than a window comes in pieces cut at a space, or
 * between code points where there is none.
 */
export function* findSentences(text: string): Generator<string> {
  for (const paragraph of paragraphs(text)) {
    let start = 0;
    while (start < paragraph.length) {
      const end = windowEnd(paragraph, start);
      const found = Array.from(segmenter.segment(paragraph.slice(start, end)), ({ segment }) => segment);
      // The last one may go on behind the window: it opens the next one, unless it fills this one alone.
      const cut = end < paragraph.length && found.length > 1 ? found.pop() : undefined;
      yield* found.map((sentence) => sentence.trim()).filter((sentence) => sentence !== "");
      start = end - (cut?.length ?? 0);
    }
  }
}

/** Blocks between blank lines, one after the other: a split of the whole text would hold it twice. */
function* paragraphs(text: string): Generator<string> {
  const gap = /\n[^\S\n]*\n\s*/g;
  let start = 0;
  for (let found = gap.exec(text); found !== null; found = gap.exec(text)) {
    yield text.slice(start, found.index).replace(/\s+/g, " ").trim();
    start = gap.lastIndex;
  }
  yield text.slice(start).replace(/\s+/g, " ").trim();
}

function windowEnd(text: string, start: number): number {
  const end = start + windowLength;
  if (end >= text.length) return text.length;
  const space = text.lastIndexOf(" ", end);
  if (space > start + windowLength / 2) return space + 1;
  // Never between the halves of a surrogate pair.
  return /[\uDC00-\uDFFF]/.test(text.charAt(end)) ? end - 1 : end;
}
