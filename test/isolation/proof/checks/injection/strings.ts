/** Breaks out of a text, where something is put together that should be a parameter. `{m}` is the marker. */
const SHAPES: readonly string[] = [
  // quotes of every kind
  `'{m}`, `''{m}`, `"{m}`, `""{m}`, `\`{m}`, `'{m}'`, `"{m}"`, `' {m} '`, `＇{m}`, `＂{m}`, `ʼ{m}ʼ`, `‘{m}’`, `“{m}”`, `′{m}`, `´{m}`, `\\'{m}`, `\\\\'{m}`, `\\"{m}`, `%27{m}`, `%2527{m}`, `&#39;{m}`, `\\u0027{m}`, `{m}'--`,
  // comments
  `'--{m}`, `' -- {m}`, `'#{m}`, `/*{m}*/`, `'/*{m}`, `*/{m}/*`, `--{m}`, `';--{m}`, `/*!50000{m}*/`,
  // tautologies
  `' OR '1'='1' -- {m}`, `' OR 1=1 -- {m}`, `') OR ('1'='1' -- {m}`, `')) OR true -- {m}`, `' OR ''='{m}`, `" OR ""="{m}`, `1 OR 1=1 /*{m}*/`, `' OR true LIMIT 1 -- {m}`, `' IS NOT NULL OR '{m}'='{m}`, `'||'{m}`, `' AND (SELECT 1)=1 -- {m}`, `' XOR '{m}`,
  // other statements
  `'; DROP TABLE documents; -- {m}`, `'; DELETE FROM api_keys WHERE true; -- {m}`, `'; UPDATE tenants SET is_active = false; -- {m}`, `'; INSERT INTO documents DEFAULT VALUES; -- {m}`, `'; TRUNCATE chunks; -- {m}`, `'; COMMIT; -- {m}`, `'; ROLLBACK; BEGIN; -- {m}`, `; SELECT 1; -- {m}`, `'; COPY (SELECT 1) TO PROGRAM 'id'; -- {m}`, `'; SET ROLE app_admin; -- {m}`, `'; RESET ROLE; -- {m}`, `'; ALTER TABLE documents DISABLE ROW LEVEL SECURITY; -- {m}`, `'; CALL sec.protect('documents', 'tenant_id'); -- {m}`, `'; LISTEN mark; NOTIFY mark, '{m}`,
  // more columns and rows
  `' UNION SELECT NULL -- {m}`, `' UNION ALL SELECT digest::text FROM api_keys -- {m}`, `' UNION SELECT version() -- {m}`, `') UNION SELECT ipad FROM sec.context_key -- {m}`, `' UNION SELECT table_name FROM information_schema.tables -- {m}`, `1 UNION SELECT current_user -- {m}`, `' INTERSECT SELECT '{m}`, `' EXCEPT SELECT '{m}`,
  // time
  `'; SELECT pg_sleep(5); -- {m}`, `' || pg_sleep(5) || '{m}`, `' AND pg_sleep(5) IS NOT NULL -- {m}`, `1; SELECT pg_sleep(5) -- {m}`, `') OR (SELECT 1 FROM pg_sleep(5)) IS NOT NULL -- {m}`, `(SELECT CASE WHEN true THEN pg_sleep(5) END) -- {m}`, `' AND 1=(SELECT count(*) FROM generate_series(1, 90000000)) -- {m}`,
  // the tenant itself
  `'; SELECT set_config('app.tenant_id', '00000000-0000-0000-0000-000000000000', true); -- {m}`, `' || set_config('app.tenant_id', '', false) || '{m}`, `' OR set_config('app.tenant_sig', '{m}', true) IS NOT NULL -- `, `'; SET app.tenant_id = '{m}`, `' OR current_setting('app.tenant_id') = '{m}`, `' OR tenant_id IS NOT NULL -- {m}`, `' OR tenant_id <> tenant_id -- {m}`, `' OR (SELECT sec.verified_tenant()) IS NULL -- {m}`, `'; SELECT * FROM sec.lookup_key('{m}'); -- `,
  // dollars, casts, arrays, JSON, names
  '$$' + '{m}' + '$$', '$a$' + '{m}' + '$a$', `$1{m}`, `$99 {m}`, `:{m}`, `:name {m}`, `?{m}`, `@{m}`, `'::uuid -- {m}`, `'::regclass::text -- {m}`, `{{m}}`, `{"{m}"}`, `{{m},NULL}`, `ARRAY['{m}']`, `$.* ? (@ == "{m}")`, `$[*].{m}`, `'->>'{m}`, `'#>>'{a,{m}}`, `{"a":"{m}"`, `__proto__{m}`, `constructor.{m}`, `"documents"."{m}"`, `documents; {m}`, `(SELECT '{m}')`, `pg_catalog.{m}`, `E'\\\\x27{m}'`, `U&'\\\\0027{m}'`, `\\\\x27{m}`, `chr(39)||'{m}'||chr(39)`,
  // patterns and queries of text
  `%{m}%`, `_{m}_`, `\\\\%{m}`, `[{m}]`, `^{m}$`, `.*{m}.*`, `({m}`, `{m})`, `{m} & !`, `{m}:*`, `!{m}`, `{m} <-> `, `"{m}`, `{m} OR`, `-{m}`, `+{m}`, `~{m}`, `{m}*`,
  // what text can be made of
  `{m}\u0000`, `\u0000{m}'`, `{m}\u200b'`, `{m}\u202e'`, `{m}\ufeff'`, `{m}\r\n'`, `{m}\t' OR 1=1`, `{m}\u2028'`, `{m}\u0008'`, `{m}\u001b[2J'`, `\\\\{m}`, `{m}\\\\`, `{m}\\\\\\\\`, `../{m}`, `..\\\\{m}`, `{m}/../../`, `%00{m}`, `%2e%2e%2f{m}`, '${' + '{m}' + '}', `<{m}>`, `{m};`, `{m},`,
]; // prettier-ignore

/** Around a shape: what a person would really type there, in both languages. */
const CARRIERS: readonly string[] = ['{s}', '연차는 며칠인가요? {s}', "O'Brien의 {s} 계약", 'ㅇㅕㄴㅊㅏ{s}', 'annual report {s}'];

export interface InjectionString {
  readonly text: string;
  /** Of the same length and form of letters, and harmless. */
  readonly twin: string;
}

/** Every shape as it is, and in a Korean or English sentence; all of our own making. */
export function injectionStrings(marker: string): readonly InjectionString[] {
  return SHAPES.flatMap((shape, index) => {
    const carried = (CARRIERS[1 + (index % (CARRIERS.length - 1))] ?? '{s}').replace('{s}', () => shape);
    return [shape, carried].map((each) => withMarker(each, marker));
  });
}

function withMarker(shape: string, marker: string): InjectionString {
  const text = shape.replaceAll('{m}', marker);
  return { text, twin: text.replace(/[^\p{L}\p{N} ]/gu, 'x').replaceAll(marker, 'x'.repeat(marker.length)) };
}
