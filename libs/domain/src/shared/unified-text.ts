/** Text of such characters is its own NFKD and NFC put together: no need to make either. */
const UNIFIED = /^[\u0000-\u007f가-힣“”‘’–—·「」『』]*$/;

/** Compatibility forms unified, lower case, Latin letters without accents; Hangul comes out composed, whatever form it came in. */
export const unifiedText = (text: string): string =>
  UNIFIED.test(text)
    ? text.toLowerCase()
    : text
        .normalize('NFKD')
        .toLowerCase()
        .replace(/(?<=[a-z])[\u0300-\u036f]+/g, '')
        .normalize('NFC');
