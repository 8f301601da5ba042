/** Where a token of a pair comes from: a special one, the query or the passage; with the type that the model knows it by. */
export type PairPiece =
  { readonly kind: 'special'; readonly id: number; readonly type: number } | { readonly kind: 'query' | 'passage'; readonly type: number };

export interface PairTokens {
  readonly ids: readonly number[];
  readonly types: readonly number[];
}

type Json = Readonly<Record<string, unknown>>;
const isJson = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);

/** How a `tokenizer.json` puts two texts together. Throws an Error with one clear sentence where it does not say. */
export function pairTemplate(tokenizer: Json): readonly PairPiece[] {
  for (const processor of processorsOf(tokenizer['post_processor'])) {
    const pieces = piecesOf(processor);
    if (pieces !== null) return pieces;
  }
  throw new Error('tokenizer.json does not say how a query and a passage are put together (post_processor)');
}

const processorsOf = (processor: unknown): readonly Json[] => {
  if (!isJson(processor)) return [];
  const inner = processor['type'] === 'Sequence' ? processor['processors'] : undefined;
  return Array.isArray(inner) ? inner.flatMap(processorsOf) : [processor];
};

function piecesOf(processor: Json): readonly PairPiece[] | null {
  const { type } = processor;
  if (type === 'BertProcessing' || type === 'RobertaProcessing') {
    const [cls, sep] = [idOf(processor['cls']), idOf(processor['sep'])];
    const second = type === 'BertProcessing' ? 1 : 0;
    const end = { kind: 'special', id: sep, type: 0 } as const;
    return [
      ...[{ kind: 'special', id: cls, type: 0 } as const, { kind: 'query', type: 0 } as const, end],
      ...(type === 'RobertaProcessing' ? [end] : []),
      ...[{ kind: 'passage', type: second } as const, { kind: 'special', id: sep, type: second } as const],
    ];
  }
  if (type !== 'TemplateProcessing' || !Array.isArray(processor['pair']) || processor['pair'].length === 0) return null;
  return processor['pair'].flatMap((piece) => templatePiece(piece, processor['special_tokens']));
}

/** `["[CLS]", 101]` */
function idOf(named: unknown): number {
  const id: unknown = Array.isArray(named) ? named[1] : undefined;
  if (typeof id !== 'number') throw new Error('a special token of tokenizer.json has no id');
  return id;
}

function templatePiece(piece: unknown, specials: unknown): readonly PairPiece[] {
  const [special, sequence] = isJson(piece) ? [piece['SpecialToken'], piece['Sequence']] : [];
  if (isJson(sequence)) return [{ kind: sequence['id'] === 'A' ? 'query' : 'passage', type: Number(sequence['type_id'] ?? 0) }];
  if (!isJson(special)) throw new Error('tokenizer.json has a template that is not understood');
  const known = isJson(specials) ? specials[String(special['id'])] : undefined;
  const ids: unknown = isJson(known) ? known['ids'] : undefined;
  if (!Array.isArray(ids) || !ids.every((id): id is number => typeof id === 'number'))
    throw new Error('a special token of tokenizer.json has no id');
  return ids.map((id) => ({ kind: 'special', id, type: Number(special['type_id'] ?? 0) }));
}

/** A pair within the limit: of a query that is too long at most half of the room is taken, of the passage what fits, from the beginning. */
export function pairTokens(
  template: readonly PairPiece[],
  { query, passage }: { readonly query: readonly number[]; readonly passage: readonly number[] },
  maxTokens: number,
): PairTokens {
  const room = maxTokens - template.filter(({ kind }) => kind === 'special').length;
  const asked = query.slice(0, Math.max(Math.floor(room / 2), room - passage.length));
  const texts = { query: asked, passage: passage.slice(0, room - asked.length) };
  const pieces = template.map((piece) => ({ ids: piece.kind === 'special' ? [piece.id] : texts[piece.kind], type: piece.type }));
  return { ids: pieces.flatMap(({ ids }) => ids), types: pieces.flatMap(({ ids, type }) => ids.map(() => type)) };
}
