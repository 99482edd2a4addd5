'use strict';
/**
 * Sums a vitest JSON report and the named static checks to one line, `N passed, N failed[, N
 * skipped]`, and exits 1 when anything failed. What kept tests from running counts as a failure: a
 * file that did not load, an error outside of tests, a report that is missing.
 *
 *   node scripts/sum-tests.cjs <report.json> <exit status of the tests> [<check>=<exit status>]...
 */
const fs = require('node:fs');

const [reportFile, testStatus, ...checks] = process.argv.slice(2);
const sum = { passed: 0, failed: 0, skipped: 0 };

for (const file of readReport()) {
  for (const { status } of file.assertionResults) {
    if (status === 'passed') sum.passed += 1;
    else if (status === 'failed') sum.failed += 1;
    else sum.skipped += 1;
  }
  if (
    file.status === 'failed' &&
    !file.assertionResults.some(({ status }) => status === 'failed')
  ) {
    console.log(`did not run: ${file.name}`);
    sum.failed += 1;
  }
}
if (testStatus !== '0' && sum.failed === 0) {
  console.log(`the test command failed with status ${testStatus}`);
  sum.failed = 1;
}
for (const check of checks) {
  const [name, status] = check.split('=');
  if (status === '0') sum.passed += 1;
  else {
    console.log(`failed: ${name}`);
    sum.failed += 1;
  }
}

const skipped = sum.skipped === 0 ? '' : `, ${sum.skipped} skipped`;
console.log(`${sum.passed} passed, ${sum.failed} failed${skipped}`);
process.exitCode = sum.failed === 0 ? 0 : 1;

function readReport() {
  try {
    return JSON.parse(fs.readFileSync(reportFile, 'utf8')).testResults;
  } catch (error) {
    console.log(`no test report: ${error.message}`);
    sum.failed += 1;
    return [];
  }
}
