import { encode } from 'iconv-lite';
import { ContentMediaTypeSniffer } from './content-media-type-sniffer';

const sniff = (content: string | Uint8Array, filename = 'file.bin'): Promise<string | null> =>
  new ContentMediaTypeSniffer().sniff(typeof content === 'string' ? Buffer.from(content) : content, filename);

describe('ContentMediaTypeSniffer', () => {
  it.each([
    ['a PDF, whatever its name says', '%PDF-1.7\n%âãÏÓ', '휴가.txt', 'application/pdf'],
    ['a PDF behind a few lines', 'HTTP/1.1 200 OK\r\n\r\n%PDF-1.4\n', 'a', 'application/pdf'],
    ['a page', '\n<!-- 공지 -->\n<!DOCTYPE html><html><body>안내</body></html>', 'notice.txt', 'text/html'],
    ['a page behind many comments', `${'<!-- - -- > -->\n'.repeat(50)}<?xml version="1.0"?><HTML lang="ko">`, 'a', 'text/html'],
    ['text behind a comment that does not end', '<!-- <html>', 'a.txt', 'text/plain'],
    ['text behind an instruction that does not end', '<?xml <html>', 'a.txt', null],
    ['XHTML', '<?xml version="1.0"?>\n<html xmlns="http://www.w3.org/1999/xhtml"></html>', 'a.xhtml', 'text/html'],
    ['a piece of a page', '<p>공지사항</p>', 'notice.html', 'text/html'],
    ['Markdown', '# 취업규칙\n\n<div>본문</div>', '취업규칙.MD', 'text/markdown'],
    ['text', '연차 휴가는 15일이다.', '휴가.txt', 'text/plain'],
    ['text without a telling name', 'Annual leave is 15 days.', 'README', 'text/plain'],
  ])('knows %s', async (_, content, filename, expected) => {
    expect(await sniff(content, filename)).toBe(expected);
  });

  it.each([
    ['10,000 comments', `${'<!-- a -->'.repeat(10_000)}# title`, 'text/plain'],
    ['comments that do not end', '<!--'.repeat(16_384), 'text/plain'],
    ['instructions', `${'<?xml a?>'.repeat(7_000)}# title`, null],
    ['instructions that do not end', '<?xml '.repeat(10_922), null],
    ['tags that do not end', '<p '.repeat(21_845), 'text/plain'],
    ['white space', '\n \t'.repeat(21_845), 'text/plain'],
    ['fields of an e-mail', `from ${'x-'.repeat(32_768)}`, 'text/plain'],
  ])('is as quick with a head of nothing but %s', async (_, content, expected) => {
    const before = process.cpuUsage(); // not the clock: another process may be busy
    expect(await sniff(content, 'page.html')).toBe(expected);
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1_000).toBeLessThan(1_000);
  });

  it.each([
    'MZ세대 소비 조사',
    'BMW 리스 계약 현황',
    'The free cash flow of 2019',
    'GIF files are pictures.',
    'OggS and ID3 begin sounds.',
    'FLV',
    'Rar! 하고 웃었다',
  ])('knows text that begins like something else: %s', async (text) => {
    expect(await sniff(text, 'a.txt')).toBe('text/plain');
  });

  it('knows text in CP949 that begins like a program', async () => {
    expect(await sniff(encode('MZ세대는 어떻게 소비하는가?', 'cp949'), 'a.txt')).toBe('text/plain');
  });

  it.each(['cp949', 'utf-16le'])('knows Korean text in %s', async (encoding) => {
    expect(await sniff(encode('제3조(휴가) 연차는 15일이다.', encoding), '규정.txt')).toBe('text/plain');
  });

  it.each(['utf-16le', 'utf-16be'])('knows text that Windows saved as Unicode, in %s with its mark', async (encoding) => {
    const text = '회의록\r\n\r\n2023년 3분기 매출은 42억원이다. The quick brown fox.\r\n';
    expect(await sniff(encode(text, encoding, { addBOM: true }), '회의록.txt')).toBe('text/plain');
  });

  it('still takes an MP3 for what it is', async () => {
    expect(await sniff(Buffer.concat([Buffer.from([0xff, 0xfb, 0x90, 0x44]), Buffer.alloc(2_000, 1)]), 'a.txt')).toBeNull();
  });

  it('knows text whose head ends inside a character', async () => {
    const whole = Buffer.from('휴가'.repeat(10_922));
    for (const cut of [65_533, 65_534, 65_535]) expect(await sniff(whole.subarray(0, cut), 'a.txt')).toBe('text/plain');
  });

  it.each([
    ['a zip, and so every office file', Buffer.from('PK\u0003\u0004\u0014\u0000\u0006\u0000', 'latin1')],
    ['a compound file (hwp, old office)', Buffer.from([0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1, ...Array<number>(600).fill(0)])],
    [
      'a picture',
      Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52, ...Array<number>(100).fill(1)]),
    ],
    ['a program', Buffer.concat([Buffer.from('MZ\u0090\0\u0003\0\0\0', 'latin1'), Buffer.alloc(200, 'This program cannot be run. ')])],
    ['PostScript', Buffer.from('%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 1 1\n')],
    ['rich text', Buffer.from('{\\rtf1\\ansi hello}')],
    ['XML that is no page', Buffer.from('<?xml version="1.0"?><invoice/>')],
    ['an e-mail', Buffer.from('Return-Path: <a@b.c>\r\nReceived: by x\r\n\twith SMTP\r\nSubject: hi\r\n\r\nbody')],
    ['bytes', Buffer.from(Array.from({ length: 2_000 }, (_, index) => (index * 7919) % 256))],
  ])('refuses %s', async (_, content) => {
    expect(await sniff(content, 'report.txt')).toBeNull();
  });
});
