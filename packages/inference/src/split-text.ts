/** A piece of text with its length in tokens. */
export interface Piece {
  text: string;
  tokens: number;
}

const sentences = new Intl.Segmenter("en", { granularity: "sentence" });
const words = new Intl.Segmenter("en", { granularity: "word" });
const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });

/** Sentence segmentation slows down on very long strings; paragraphs and slices keep it linear. */
const sliceLength = 10_000;

/**
 * Splits a text into chunks of at most `most` tokens, at sentence ends; a longer sentence at words, a longer word
 * between graphemes. Nothing is left out. Chunks are filled evenly, so that the last is not a stub.
 *
 * @param pause awaited now and then, so that a long text does not block the event loop
 */
export async function splitText(
  text: string,
  most: number,
  countTokens: (text: string) => number,
  pause: () => Promise<void>,
): Promise<Piece[]> {
  const measure = (part: string): Piece => ({ text: part, tokens: countTokens(part) });
  const parts: Piece[] = [];
  let sinceYield = 0;
  for (let start = 0; start < text.length; ) {
    const end = sliceEnd(text, start);
    for (const { segment } of sentences.segment(text.slice(start, end))) {
      const sentence = measure(segment);
      if (sentence.tokens <= most) parts.push(sentence);
      else parts.push(...finer(segment, most, measure));
      sinceYield += segment.length;
      if (sinceYield > sliceLength) {
        sinceYield = 0;
        await pause();
      }
    }
    start = end;
  }
  const total = parts.reduce((sum, part) => sum + part.tokens, 0);
  const target = Math.min(most, Math.ceil((total / Math.ceil(total / most)) * 1.1));
  return pack(parts, target, most, measure);
}

function sliceEnd(text: string, start: number): number {
  const end = start + sliceLength;
  if (end >= text.length) return text.length;
  const space = Math.max(text.lastIndexOf("\n", end), text.lastIndexOf(". ", end) + 1);
  if (space > start + sliceLength / 2) return space + 1;
  // Never between the halves of a surrogate pair.
  return /[\uDC00-\uDFFF]/.test(text.charAt(end)) ? end - 1 : end;
}

function finer(sentence: string, most: number, measure: (part: string) => Piece): Piece[] {
  const parts = Array.from(words.segment(sentence), ({ segment }) => measure(segment)).flatMap((word) =>
    word.tokens <= most ? [word] : Array.from(graphemes.segment(word.text), ({ segment }) => measure(segment)),
  );
  return pack(parts, most, most, measure);
}

/** Joins neighbours up to `target` tokens; a joined text is measured anew, since tokens may differ across the seam. */
function pack(parts: readonly Piece[], target: number, most: number, measure: (part: string) => Piece): Piece[] {
  const packed: Piece[] = [];
  let current: string[] = [];
  let tokens = 0;
  const close = () => {
    if (current.length === 0) return;
    const joined = measure(current.join(""));
    if (joined.tokens <= most || current.length === 1) packed.push(joined);
    else {
      const middle = Math.floor(current.length / 2);
      packed.push(measure(current.slice(0, middle).join("")), measure(current.slice(middle).join("")));
    }
    current = [];
    tokens = 0;
  };
  for (const part of parts) {
    if (tokens + part.tokens > target) close();
    current.push(part.text);
    tokens += part.tokens;
  }
  close();
  return packed.filter((piece) => piece.text.trim() !== "");
}
