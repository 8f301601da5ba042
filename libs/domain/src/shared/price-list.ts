import { MicroUsd } from './micro-usd';

/** USD per million tokens, which is the same as micro-USD per token. */
export interface Price {
  readonly input: number;
  readonly output: number;
  /** USD per thousand searches, of a reranker that bills those. */
  readonly search?: number;
}

/** What is billed. */
export interface Billed {
  readonly input: number;
  readonly output: number;
  readonly searches?: number;
}

/** Providers whose models run on the operator's own machines cost nothing unless a price is given. */
const FREE_PROVIDERS = ['onnx', 'extractive', 'ollama', 'scripted', 'tei'];

export class PriceList {
  /** `prices[provider][model]`. */
  constructor(private readonly prices: Readonly<Record<string, Readonly<Record<string, Price>>>> = {}) {}

  /** Null when the model costs money and nobody said how much: a deployment with such a model does not start. */
  find(provider: string, model: string): Price | null {
    return this.prices[provider]?.[model] ?? (FREE_PROVIDERS.includes(provider) ? { input: 0, output: 0 } : null);
  }

  cost(provider: string, model: string, billed: Billed): MicroUsd {
    const price = this.find(provider, model);
    if (price === null) throw new Error(`no price for ${provider}/${model}`);
    const { input, output, searches = 0 } = billed;
    return MicroUsd.ceil(input * price.input + output * price.output + searches * (price.search ?? 0) * 1_000);
  }
}
