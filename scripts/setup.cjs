'use strict';
/**
 * Makes a checkout ready to run: installs what is missing, drops what nobody needs, and with
 * `--with-nats` sees to a NATS server for the tests. Plain JavaScript without dependencies, because
 * it runs before there are any and on whatever Node the machine has (18 or later): the project's
 * own Node 24 comes with the install and is first on the PATH of every npm script after it.
 * Invariant: when it exits 0, `npm run <anything>` finds Node 24 or later and every locked package.
 *
 *   node scripts/setup.cjs [--quiet] [--with-nats]      --quiet: say nothing when nothing is to do
 */
const { spawn, spawnSync } = require('node:child_process');
const { createHash } = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');

const root = path.join(__dirname, '..');
const modules = path.join(root, 'node_modules');
const stampFile = path.join(modules, '.daybook-setup');
const isWindows = process.platform === 'win32';
const NODE_MAJOR = 24;

const options = new Set(process.argv.slice(2));

main().catch((error) => {
  process.stderr.write(`setup: ${error.message}\n`);
  process.exit(1);
});

async function main() {
  const stamp = digestOfLock();
  if (readIf(stampFile) !== stamp) {
    const install = matchesLock() ? null : await installPackages();
    removeNodeHeaders();
    chooseNode();
    fs.writeFileSync(stampFile, stamp);
    if (install !== null) say(`dependencies installed in ${install.seconds} s, ${megabytes()} MB`);
    else if (!options.has('--quiet')) say('everything is installed');
  } else if (!options.has('--quiet')) {
    say('everything is installed');
  }
  if (options.has('--with-nats')) await seeToNats();
}

function say(text) {
  process.stderr.write(`setup: ${text}\n`);
}

function readIf(file) {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}

function digestOfLock() {
  const lock = fs.readFileSync(path.join(root, 'package-lock.json'));
  const platform = `${process.platform} ${process.arch}`;
  return createHash('sha256').update(lock).update(platform).digest('hex');
}

/** Somebody ran npm themselves: npm's own record of what it installed tells. */
function matchesLock() {
  const installed = JSON.parse(readIf(path.join(modules, '.package-lock.json')) || '{}').packages;
  if (installed === undefined) return false;
  const { packages } = JSON.parse(fs.readFileSync(path.join(root, 'package-lock.json'), 'utf8'));
  // Optional packages are those of other platforms.
  return Object.entries(packages).every(
    ([name, { version, optional }]) =>
      name === '' ||
      (installed[name] === undefined ? optional === true : installed[name].version === version),
  );
}

/** `npm ci` with one line of progress; npm's own output is shown only when it fails. */
async function installPackages() {
  const started = Date.now();
  const seconds = () => Math.round((Date.now() - started) / 1000);
  const live = process.stderr.isTTY === true;
  const line = () => process.stderr.write(`\rsetup: installing dependencies ... ${seconds()} s `);
  if (!live) say('installing dependencies ...');
  const ticking = live ? setInterval(line, 1000) : undefined;
  try {
    let result = await npm('ci');
    // Where the pinned Node cannot be had, a recent one on the system will do.
    if (result.status !== 0 && isRecent(process.version)) result = await npm('ci --ignore-scripts');
    if (result.status !== 0)
      throw new Error(`npm ci failed (exit ${result.status})\n${result.output.trimEnd()}`);
  } finally {
    clearInterval(ticking);
    if (live) process.stderr.write('\r\u001b[K');
  }
  return { seconds: seconds() };
}

/** Run npm on the system's Node, not on the one inside the node_modules that it replaces. */
function npm(command) {
  const args = [...command.split(' '), '--no-audit', '--no-fund', '--loglevel=error'];
  return new Promise((resolve, reject) => {
    const child = spawn('npm', args, {
      cwd: root,
      env: { ...process.env, ...systemPath() },
      stdio: ['ignore', 'pipe', 'pipe'],
      // npm is a .cmd file on Windows, which only a shell starts; every argument is a literal.
      shell: isWindows,
    });
    let output = '';
    const keep = (chunk) => {
      output = (output + chunk).slice(-20_000);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.on('error', (error) => reject(new Error(`npm does not start: ${error.message}`)));
    child.on('close', (status) => resolve({ status, output }));
  });
}

function systemPath() {
  const name = Object.keys(process.env).find((key) => key.toUpperCase() === 'PATH') || 'PATH';
  const entries = (process.env[name] || '').split(path.delimiter);
  const own = path.join(modules, '.bin');
  return { [name]: entries.filter((entry) => path.resolve(entry) !== own).join(path.delimiter) };
}

function isRecent(version) {
  return Number(/^v(\d+)/.exec(version)?.[1]) >= NODE_MAJOR;
}

/** C headers for native add-ons, of which there are none: 67 MB. */
function removeNodeHeaders() {
  // npm may place the platform's package inside the `node` package or beside it.
  for (const folder of [path.join(modules, 'node', 'node_modules'), modules]) {
    if (!fs.existsSync(folder)) continue;
    for (const name of fs.readdirSync(folder).filter((entry) => entry.startsWith('node-')))
      fs.rmSync(path.join(folder, name, 'include'), { recursive: true, force: true });
  }
}

/** The pinned Node where it runs; the system's where that one is recent; else say what to do. */
function chooseNode() {
  const pinned = path.join(modules, '.bin', isWindows ? 'node.cmd' : 'node');
  const printed = spawnSync(isWindows ? `"${pinned}"` : pinned, ['--version'], {
    encoding: 'utf8',
    shell: isWindows,
  });
  if (printed.status === 0 && isRecent(printed.stdout)) return;
  for (const name of ['node', 'node.cmd', 'node.ps1'])
    fs.rmSync(path.join(modules, '.bin', name), { force: true });
  if (isRecent(process.version)) return;
  throw new Error(
    `the pinned Node ${NODE_MAJOR} does not run here and the system's is ${process.version}; ` +
      `install Node ${NODE_MAJOR} or later and try again`,
  );
}

function megabytes() {
  let bytes = 0;
  const linked = new Set();
  const walk = (folder) => {
    for (const entry of fs.readdirSync(folder, { withFileTypes: true })) {
      const file = path.join(folder, entry.name);
      if (entry.isDirectory()) {
        walk(file);
        continue;
      }
      const { size, blocks, nlink, ino } = fs.lstatSync(file);
      // The node binary has two names and lies on the disk once.
      if (nlink > 1 && linked.has(ino)) continue;
      linked.add(ino);
      bytes += blocks === undefined ? size : blocks * 512;
    }
  };
  walk(modules);
  return Math.round(bytes / 2 ** 20);
}

/** For the tests, of which those that need a server fail without one. */
async function seeToNats() {
  try {
    const { ensureNatsServer } = require('./nats-server.cjs');
    const {
      path: file,
      version,
      how,
    } = await ensureNatsServer(path.join(root, '.cache', 'nats-server'), say);
    if (!options.has('--quiet')) say(`NATS server ${version} (${how}): ${file}`);
  } catch (error) {
    say(`no NATS server, and tests that need one will fail. ${error.message}`);
  }
}
