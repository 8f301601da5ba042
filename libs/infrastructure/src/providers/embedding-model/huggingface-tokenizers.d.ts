/** The package's own types import each other without file names, which `nodenext` cannot follow. What we use of it, version 0.2.0. */
declare module '@huggingface/tokenizers' {
  export class Tokenizer {
    constructor(tokenizer: object, config: object);
    encode(text: string, options?: { readonly add_special_tokens?: boolean }): { readonly ids: number[] };
    token_to_id(token: string): number | undefined;
  }
}
