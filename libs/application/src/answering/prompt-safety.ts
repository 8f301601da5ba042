import { wholeCharacters } from './cut-to-tokens';

/** Marks with which chat templates tell roles apart: `<|im_start|>`, `<start_of_turn>`, `[INST]`, `<<SYS>>`, `<s>` and their ends. */
const TEMPLATE_MARKS =
  /<(?=[|\uFF5C])|(?<=[|\uFF5C])>|<(?=\/?(?:s|bos|eos|pad|unk|mask|system|user|assistant|think|tool_call|(?:start|end|begin)_of_[a-z_]+)(?:>|\|))|\[(?=\/?(?:INST|SYS|AVAILABLE_TOOLS|TOOL_CALLS)\])|<(?=<\/?SYS>>)/giu;

/** Tags, zero width, bidirectional and other controls: a person does not see them, a model reads them. Joiners of emoji stay. */
const UNSEEN =
  /[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u00AD\u061C\u180E\u200B\u200E\u200F\u202A-\u202E\u2060-\u206F\uFEFF\u{E0000}-\u{E007F}]/gu;

/** Text from outside, so that no model takes a part of it for the end of a turn. What a person reads stays the same. */
export function neutralise(text: string): string {
  return text
    .replace(/\r\n?|[\u2028\u2029]/gu, '\n')
    .replace(UNSEEN, '')
    .replace(TEMPLATE_MARKS, (mark) => (mark === '>' ? ' >' : `${mark} `));
}

const LONGEST_NAME = 120;

export function oneLine(text: string): string {
  const line = text.replace(/\s+/gu, ' ').trim();
  return line.slice(0, wholeCharacters(line, LONGEST_NAME));
}
