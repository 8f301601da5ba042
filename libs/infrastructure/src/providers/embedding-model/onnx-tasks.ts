import type { EmbeddingKind } from '@aegis/application/providers/embedding-model';
import type { EmbedCall } from './embed-call';
import type { LaneTask } from './lanes';
import { microBatches } from './micro-batches';
import type { EncodedText, ModelTokenizer } from './model-tokenizer';
import type { OnnxGraph } from './onnx-graph';
import type { OnnxReply } from './onnx-messages';
import type { TokenCoder } from './token-coder';

/**
 * What one turn of the thread may hold, in padded tokens; a longer text has one alone. More together is not faster: 4 texts of 128 tokens took
 * 127 ms in one run and 129 one by one, 32 of 16 tokens 110 and 183.
 */
const TOKENS_A_TURN = 128;
/** About 30 ms of tokenising. */
const CHARACTERS_A_TURN = 8_000;
/** Slices are mostly sentences, at most 2,000 characters each: at worst as long as a run of the model. */
const SLICES_A_TURN = 10;

export interface OnnxParts {
  readonly tokenizer: ModelTokenizer;
  readonly graph: OnnxGraph;
  readonly prefixes: { readonly query: string; readonly passage: string };
  /** Undefined where the model's folder holds no projection for its tokens. */
  readonly coder: TokenCoder | undefined;
  readonly reply: (message: OnnxReply) => void;
}

/**
 * Each query alone in its run: a vector moves in its seventh digit with what shares its run, and one tenant's scores must not show that another
 * is asking.
 */
export function queriesTask(call: EmbedCall, parts: OnnxParts): LaneTask {
  const waiting = [...call.texts.entries()];
  return {
    id: call.id,
    async step() {
      const next = waiting.shift();
      if (next === undefined) return true;
      const [position, text] = next;
      await embedGroup('query', [{ call, position, encoded: parts.tokenizer.encode(parts.prefixes.query + text) }], parts);
      return waiting.length === 0;
    },
  };
}

/** Tokenises all passages of a call, a few in each turn, then embeds them in groups of similar length, one group in each turn. */
export function passagesTask(call: EmbedCall, parts: OnnxParts): LaneTask {
  const { tokenizer, prefixes } = parts;
  const encoded: Ready[] = [];
  let groups: (readonly number[])[] | undefined;
  return {
    id: call.id,
    async step() {
      if (encoded.length < call.texts.length) {
        for (const text of turnOf(call.texts, encoded.length)) {
          encoded.push({ call, position: encoded.length, encoded: tokenizer.encode(prefixes.passage + text) });
        }
        return false;
      }
      groups ??= [...microBatches(lengthsOf(encoded), TOKENS_A_TURN)];
      const group = groups.shift();
      if (group !== undefined) await embedGroup('passage', pick(encoded, group), parts);
      return groups.length === 0;
    },
  };
}

/** Goes on inside a long text at the next turn. */
export function countTask(id: number, texts: readonly string[], { tokenizer, prefixes, reply }: OnnxParts): LaneTask {
  const counts = texts.map(() => 0);
  const counting = (function* () {
    for (const [at, text] of texts.entries()) {
      for (const tokens of tokenizer.counting(prefixes.passage + text)) {
        counts[at] = (counts[at] ?? 0) + tokens;
        yield;
      }
    }
  })();
  return {
    id,
    step() {
      let finished: boolean | undefined = false;
      for (let slices = 0; slices < SLICES_A_TURN && finished !== true; slices += 1) finished = counting.next().done;
      if (finished === true) reply({ type: 'counted', id, counts });
      return Promise.resolve(finished === true);
    },
  };
}

interface Ready {
  readonly call: EmbedCall;
  readonly position: number;
  readonly encoded: EncodedText;
}

async function embedGroup(kind: EmbeddingKind, group: readonly Ready[], { graph, coder, reply }: OnnxParts): Promise<void> {
  const ids = group.map(({ encoded }) => encoded.ids);
  const outputs =
    coder === undefined ? (await graph.embed(ids)).map((vector) => ({ vector, tokens: undefined })) : await graph.embedWithTokens(ids);
  for (const [at, { call, position, encoded }] of group.entries()) {
    const made = outputs[at];
    const codes = made?.tokens === undefined ? undefined : await coder?.[kind](encoded.ids, made.tokens);
    const answer = call.put(position, encoded, made?.vector, codes);
    if (answer !== undefined) reply(answer);
  }
}

/** At least one text, and no more than fit in one turn. */
function turnOf(texts: readonly string[], from: number): readonly string[] {
  let characters = 0;
  let end = from;
  do {
    characters += texts[end]?.length ?? 0;
    end += 1;
  } while (end < texts.length && characters + (texts[end]?.length ?? 0) <= CHARACTERS_A_TURN);
  return texts.slice(from, end);
}

const lengthsOf = (ready: readonly Ready[]) => ready.map(({ encoded }) => encoded.ids.length);
const pick = (ready: readonly Ready[], positions: readonly number[]) => ready.filter((_, at) => positions.includes(at));
