const segmenter = new Intl.Segmenter("en", { granularity: "sentence" });

/** Intl.Segmenter takes more than linear time on very long strings, so the text is segmented in windows. */
const windowLength = 8_000;

/**
 * Finds the sentences of a text, in order, with single spaces inside. Blank lines end a sentence. Single line ends do not,
 * since most of them come from wrapping. A sentence longer than a window is cut at a space, or between code points if there
 * is none.
 */
export function* findSentences(text: string): Generator<string> {
  for (const paragraph of paragraphs(text)) {
    let start = 0;
    while (start < paragraph.length) {
      const end = windowEnd(paragraph, start);
      const found = Array.from(segmenter.segment(paragraph.slice(start, end)), ({ segment }) => segment);
      // The last sentence may continue after the window, so the next window begins with it, unless it fills this one.
      const incomplete = end < paragraph.length && found.length > 1 ? found.pop() : undefined;
      yield* found.map((sentence) => sentence.trim()).filter((sentence) => sentence !== "");
      start = end - (incomplete?.length ?? 0);
    }
  }
}

/** Yields the paragraphs one by one: splitting the whole text would hold it in memory twice. */
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
  // A surrogate pair must not be cut.
  return /[\uDC00-\uDFFF]/.test(text.charAt(end)) ? end - 1 : end;
}
