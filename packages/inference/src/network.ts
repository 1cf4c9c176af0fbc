/** What lies below `loadModel`, for benchmarks that time encoder passes and decoder steps by themselves. */
export { type Network, type NetworkOptions, openNetwork } from "./sessions/open-network.js";
export { openTokenizer } from "./tokenizer/open-tokenizer.js";
