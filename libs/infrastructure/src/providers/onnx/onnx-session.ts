import { InferenceSession } from 'onnxruntime-node';

/** A graph, by its file or as bytes, ready to run on one thread. */
export function openSession(model: string | Uint8Array): Promise<InferenceSession> {
  const options: InferenceSession.SessionOptions = {
    // Two threads cost a third to a half of the work done per core: scale by instances.
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
    // Every length is another shape: patterns would be kept for hundreds of them.
    enableMemPattern: false,
    extra: { session: { intra_op: { allow_spinning: '0' }, inter_op: { allow_spinning: '0' } } },
  };
  return typeof model === 'string' ? InferenceSession.create(model, options) : InferenceSession.create(model, options);
}
