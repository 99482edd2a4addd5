#!/usr/bin/env node
'use strict';
/**
 * `daybook` where the package is installed. Plain JavaScript that any Node reads, because it has to
 * tell an old one what is missing; the command line itself needs what Node 24 brings.
 */
const { existsSync } = require('node:fs');
const path = require('node:path');
const { pathToFileURL } = require('node:url');

const NODE_MAJOR = 24;

if (Number(process.versions.node.split('.')[0]) < NODE_MAJOR) {
  process.stderr.write(`daybook needs Node ${NODE_MAJOR} or later; this is ${process.version}\n`);
  process.exitCode = 1;
} else {
  // A checkout has the sources, a package what was built of them.
  const source = path.join(__dirname, '../src/cli/main.ts');
  const main = existsSync(source) ? source : path.join(__dirname, '../dist/cli/main.js');
  import(pathToFileURL(main).href);
}
