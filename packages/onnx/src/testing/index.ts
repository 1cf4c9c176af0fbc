export { hideBatchSize } from "./change-decoder.js";
export { toFloat32 } from "./to-float32.js";
