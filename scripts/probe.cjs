// For health checks: `node scripts/probe.cjs <url>` ends with 0 when the answer is 2xx within 3 s.
const [url] = process.argv.slice(2);
if (url === undefined) {
  process.stderr.write('usage: node scripts/probe.cjs <url>\n');
  process.exit(2);
}
fetch(url, { signal: AbortSignal.timeout(3000) }).then(
  async (response) => {
    if (!response.ok) process.stderr.write(`${response.status}: ${await response.text()}`);
    process.exit(response.ok ? 0 : 1);
  },
  (error) => {
    process.stderr.write(`${url}: ${error.message}\n`);
    process.exit(1);
  },
);
