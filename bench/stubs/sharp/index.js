// transformers.js imports sharp at load and calls it for images only; Precis reads text.
export default function sharp() {
  throw new Error("sharp is stubbed out in Precis: only text models are supported");
}
