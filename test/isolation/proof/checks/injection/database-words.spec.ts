import { speaksOfDatabase } from './database-words';

const SENT = ['pg_catalog.mk1', " '; SELECT pg_sleep(5); -- mk1", 'mk1'];

describe('speaksOfDatabase', () => {
  it.each([
    ['an error of PostgreSQL', '{"detail":"syntax error at or near \\"mk1\\""}'],
    ['a name of the catalogue that nobody sent', '{"detail":"relation pg_class, pg_catalog.mk1"}'],
  ])('hears %s', (_, body) => {
    expect(speaksOfDatabase(body, SENT)).toBe(true);
  });

  it.each([
    ['nothing', '{"data":[]}'],
    ['a name that an earlier request gave', '{"data":[{"name":"pg_catalog.mk1"},{"name":"\'; SELECT pg_sleep(5); -- mk1"}]}'],
    ['the random letters of a ticket', '{"ticket":"MDFh.PiOyaR0n_uT_4Nc--qQW0Pg_7l0srGSTZIzfov8iRBw"}'],
    ['an address that was asked for', `{"instance":"/documents/${encodeURIComponent("'; SELECT pg_sleep(5); -- mk1")}"}`],
  ])('takes %s for no word of its own', (_, body) => {
    expect(speaksOfDatabase(body, SENT)).toBe(false);
  });
});
