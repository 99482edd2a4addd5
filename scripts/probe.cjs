// For health checks: `node scripts/probe.cjs <url>` ends with 0 when the answer is 2xx within 3 s.
async function probe(url) {
  if (url === undefined) return [2, 'usage: node scripts/probe.cjs <url>'];
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(3000) });
    return response.ok ? [0, ''] : [1, `${response.status}: ${await response.text()}`];
  } catch (error) {
    return [1, `${url}: ${error.message}`];
  }
}

void probe(process.argv[2]).then(([code, message]) => {
  if (message !== '') process.stderr.write(`${message}\n`);
  process.exitCode = code;
  return code;
});
