// transformers.js imports onnxruntime-web in Node as well, but runs on onnxruntime-node there.
export * from "onnxruntime-common";
