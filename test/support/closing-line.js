const { readFileSync, writeFileSync, writeSync } = require('node:fs');

/**
 * Ends a run with one plain line that scripts and people can read: `N passed, N failed`. At the exit: Jest's own summary comes before.
 * With `TEST_RESULTS` (a file's path) it also leaves there what failed, and counts on from what an earlier run left: see scripts/jest.sh.
 */
module.exports = class ClosingLine {
  onRunComplete(_contexts, results) {
    const path = process.env.TEST_RESULTS;
    const earlier = path ? JSON.parse(readFileSync(path, 'utf8') || 'null') : null;
    const [failed, others] = partition(results.testResults, ({ numFailingTests, testExecError }) => numFailingTests > 0 || testExecError);
    const counts = sum([earlier?.others ?? { passed: 0, failed: 0, skipped: 0 }, ...results.testResults.map(countsOf)]);
    if (path) {
      const left = { files: failed.map(({ testFilePath }) => testFilePath), others: sum(others.map(countsOf)) };
      writeFileSync(path, JSON.stringify(left));
    }
    const skipped = counts.skipped > 0 ? `, ${counts.skipped} skipped` : '';
    process.once('exit', () => writeSync(1, `${counts.passed} passed, ${counts.failed} failed${skipped}\n`));
  }
};

const partition = (values, holds) => [values.filter(holds), values.filter((value) => !holds(value))];

const countsOf = (file) => ({
  passed: file.numPassingTests,
  failed: file.numFailingTests + (file.testExecError && file.numFailingTests === 0 ? 1 : 0),
  skipped: file.numPendingTests + file.numTodoTests,
});

const sum = (counts) =>
  counts.reduce(
    (all, { passed, failed, skipped }) => ({ passed: all.passed + passed, failed: all.failed + failed, skipped: all.skipped + skipped }),
    {
      passed: 0,
      failed: 0,
      skipped: 0,
    },
  );
