import { nameFile, type OnnxModel, prepareDecoder } from "@precis/onnx";
import { type InferenceSession, Tensor } from "onnxruntime-node";
import { type CacheLayout, findCacheLayout } from "../kv-cache/cache-layout.js";
import { openSession, readNetwork, type SessionOptions } from "./open-session.js";

type Tensors = Record<string, Tensor>;

/** A decoder in memory. */
export interface Decoder {
  layout: CacheLayout;
  /** Computes the cross-attention cache of one text into `targets`. */
  cross(states: Tensor, mask: Tensor, targets: Tensors): Promise<void>;
  /** Runs one step of all sequences; results are written to `targets`. */
  step(feeds: Tensors, targets: Tensors): Promise<void>;
  /** One sentence for each pass that did not recognize the graph. */
  notes: string[];
  release(): Promise<void>;
}

/** Opens a merged decoder as two graphs if it can be split, so that its weights are in memory once. */
export async function openDecoder(path: string, options: SessionOptions): Promise<Decoder> {
  const { model, folder } = await readNetwork(path);
  // The fused operator is that of onnxruntime's CPU provider; other providers take other inputs.
  const prepared = prepareDecoder(model, { fuse: options.device === "cpu" });
  const notes = nameFile(path, prepared.notes);
  if (!prepared.isSplit) return { ...(await openWhole(prepared.whole, folder, options)), notes };
  // Its results are large, and computed once per text.
  const crossSession = await openSession(prepared.cross, folder, options, false);
  const stepSession = await openSession(prepared.step, folder, options);
  return {
    layout: findCacheLayout(stepSession, prepared.isFused),
    cross: async (states, _mask, targets) => void (await crossSession.run({ encoder_hidden_states: states }, targets)),
    step: async (feeds, targets) => void (await stepSession.run(feeds, targets)),
    notes,
    release: async () => {
      await crossSession.release();
      await stepSession.release();
    },
  };
}

/** Opens a decoder as exported: the branch for the first step runs for its cross-attention cache only. */
async function openWhole(model: OnnxModel, folder: string, options: SessionOptions): Promise<Omit<Decoder, "notes">> {
  const session = await openSession(model, folder, options);
  const layout = findCacheLayout(session, false);
  const unused = unusedStates(session);
  const laterStep = new Tensor("bool", [true], [1]);
  const empty = new Tensor("float32", new Float32Array(0), [1, layout.heads, 0, layout.headSize]);
  const emptyCache = Object.fromEntries([...layout.selfInputs, ...layout.crossInputs].map((name) => [name, empty]));
  return {
    layout,
    cross: async (states, mask, targets) =>
      void (await session.run(
        {
          encoder_attention_mask: mask,
          encoder_hidden_states: states,
          // The cache does not depend on the token.
          input_ids: new Tensor("int64", [0n], [1, 1]),
          use_cache_branch: new Tensor("bool", [false], [1]),
          ...emptyCache,
        },
        targets,
      )),
    step: async (feeds, targets) =>
      void (await session.run({ ...feeds, ...unused, use_cache_branch: laterStep }, targets)),
    release: () => session.release(),
  };
}

/** Later steps use only the shape of the encoder's states; the cross-attention cache replaces their values. */
function unusedStates({ inputMetadata }: InferenceSession): Tensors {
  const states = inputMetadata.find(({ name }) => name === "encoder_hidden_states");
  const width = states?.isTensor ? states.shape[2] : undefined;
  if (typeof width !== "number") return {};
  return { encoder_hidden_states: new Tensor("float32", new Float32Array(width), [1, 1, width]) };
}
