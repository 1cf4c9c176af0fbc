import { fuseStep, NotSplittable, type OnnxModel, type SplitDecoder, splitDecoder } from "@precis/onnx";
import { type InferenceSession, Tensor } from "onnxruntime-node";
import { type CacheLayout, findCacheLayout } from "../kv-cache/cache-layout.js";
import { openSession, readNetwork, type SessionOptions } from "./open-session.js";

type Tensors = Record<string, Tensor>;

/** A decoder in memory. */
export interface Decoder {
  layout: CacheLayout;
  /** The cross-attention cache of one text; `targets` are written in place. */
  cross(states: Tensor, mask: Tensor, targets: Tensors): Promise<void>;
  /** One step of all rows; `targets` are written in place. */
  step(feeds: Tensors, targets: Tensors): Promise<void>;
  release(): Promise<void>;
}

/** Opens a merged decoder: taken apart where that is possible, so that its weights lie in memory once. */
export async function openDecoder(path: string, options: SessionOptions): Promise<Decoder> {
  const { model, folder } = await readNetwork(path);
  let split: SplitDecoder;
  try {
    split = splitDecoder(model);
  } catch (error) {
    if (error instanceof NotSplittable) return openWhole(model, folder, options);
    throw error;
  }
  // What it makes is large and made once for a text.
  const crossSession = await openSession(split.cross, folder, options, false);
  // The node is onnxruntime's for CPUs here: what others take of its inputs differs.
  const { model: stepModel, fused } =
    options.device === "cpu" ? fuseStep(split.step) : { model: split.step, fused: false };
  const stepSession = await openSession(stepModel, folder, options);
  const layout = findCacheLayout(stepSession, fused);
  return {
    layout,
    cross: async (states, _mask, targets) => void (await crossSession.run({ encoder_hidden_states: states }, targets)),
    step: async (feeds, targets) => void (await stepSession.run(feeds, targets)),
    release: async () => {
      await crossSession.release();
      await stepSession.release();
    },
  };
}

/** A decoder of another form: the branch of the first step is run for the cross-attention cache alone. */
async function openWhole(model: OnnxModel, folder: string, options: SessionOptions): Promise<Decoder> {
  const session = await openSession(model, folder, options);
  const layout = findCacheLayout(session, false);
  const unused = unusedStates(session);
  const later = new Tensor("bool", [true], [1]);
  const empty = new Tensor("float32", new Float32Array(0), [1, layout.heads, 0, layout.headSize]);
  const emptyCache = Object.fromEntries([...layout.selfInputs, ...layout.crossInputs].map((name) => [name, empty]));
  return {
    layout,
    cross: async (states, mask, targets) =>
      void (await session.run(
        {
          encoder_attention_mask: mask,
          encoder_hidden_states: states,
          // Which token it is does not matter to the cache.
          input_ids: new Tensor("int64", [0n], [1, 1]),
          use_cache_branch: new Tensor("bool", [false], [1]),
          ...emptyCache,
        },
        targets,
      )),
    step: async (feeds, targets) => void (await session.run({ ...feeds, ...unused, use_cache_branch: later }, targets)),
    release: () => session.release(),
  };
}

/** Later steps take the encoder's states for their shape only: the cross-attention cache stands for them. */
function unusedStates({ inputMetadata }: InferenceSession): Tensors {
  const states = inputMetadata.find(({ name }) => name === "encoder_hidden_states");
  const width = states?.isTensor ? states.shape[2] : undefined;
  if (typeof width !== "number") return {};
  return { encoder_hidden_states: new Tensor("float32", new Float32Array(width), [1, 1, width]) };
}
