const { readFileSync } = require('node:fs');
const { dirname, join } = require('node:path');

let kept;

/**
 * V8 shares the code of a WebAssembly module among all threads of a process that compile the same bytes, as long as one of them holds it.
 * Held here, what it made of PGlite for one test file, optimised code too, is there for the engines of all later ones: each start takes one
 * second of processor time less, and each engine works faster from its first statement on.
 */
module.exports.keepEngineCode = async function keepEngineCode() {
  kept ??= await WebAssembly.compile(readFileSync(join(dirname(require.resolve('@electric-sql/pglite')), 'pglite.wasm')));
};
