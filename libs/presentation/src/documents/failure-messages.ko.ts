/** What the reader of a document says of it, in Korean; `$1` is a number of the English sentence. */
const SENTENCES: readonly (readonly [RegExp, string])[] = [
  [/^the PDF has no pages$/, 'PDF에 페이지가 없습니다'],
  [/^the PDF has more than (\d+) pages$/, 'PDF가 $1페이지를 넘습니다'],
  [/^the PDF asks for a password$/, 'PDF를 열려면 암호가 필요합니다'],
  [/^the file cannot be opened as a PDF$/, '파일을 PDF로 열 수 없습니다'],
  [/^the document has more than (\d+) characters of text$/, '문서의 텍스트가 $1자를 넘습니다'],
  [/^the document has more text than can be stored$/, '문서의 텍스트가 저장할 수 있는 양을 넘습니다'],
  [/^no text was found in the document$/, '문서에서 텍스트를 찾지 못했습니다'],
  [/^the document has no text$/, '문서에 텍스트가 없습니다'],
  [/^reading the document took too long$/, '문서를 읽는 데 시간이 너무 오래 걸렸습니다'],
  [/^reading the document takes too much memory$/, '문서를 읽는 데 메모리가 너무 많이 필요합니다'],
  [/^the original file is gone$/, '원본 파일이 없습니다'],
  [/^processing did not end in time$/, '제한 시간 안에 처리가 끝나지 않았습니다'],
  [/^gave up after (\d+) attempts$/, '$1번 시도했으나 처리하지 못했습니다'],
  [/^the embedding model refused$/, '임베딩 모델이 처리를 거부했습니다'],
];

/** By the code alone, where the sentence is not known. */
const OF_CODE: Readonly<Record<string, string>> = {
  file_empty: '파일에 내용이 없습니다',
  file_encrypted: '암호로 보호되어 있어 파일을 읽을 수 없습니다',
  file_corrupt: '파일이 손상되어 읽을 수 없습니다',
  file_too_large: '파일이 처리할 수 있는 크기를 넘습니다',
  unsupported_media_type: '읽을 수 있는 형식의 파일이 아닙니다',
  no_text: '문서에 텍스트가 없습니다',
  processing_timed_out: '처리 시간이 너무 오래 걸렸습니다',
  processing_memory_limit: '처리에 필요한 메모리가 너무 많습니다',
  quota_exceeded: '이번 달 한도로는 이 문서를 처리할 수 없습니다',
};
const UNKNOWN = '문서를 처리하지 못했습니다';

/** Why a document failed, for whoever reads Korean. Never the English sentence. */
export function koreanFailureMessage(code: string, english: string): string {
  const [pattern, korean] = SENTENCES.find(([one]) => one.test(english)) ?? [];
  const [, value = ''] = pattern?.exec(english) ?? [];
  return korean?.replace('$1', () => value) ?? OF_CODE[code] ?? UNKNOWN;
}
