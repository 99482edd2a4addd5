// Audit a recording: everything in it is derived again, and every weight is trained again.
//
//   node audit.mjs <recording> [folder of the artifacts]
import { auditRecording } from 'daybook/audit';

const [recording, artifacts] = process.argv.slice(2);
if (recording === undefined) {
  console.error('audit.mjs: name the recording');
  process.exit(2);
}

const { ok, books } = await auditRecording(recording, {
  ...(artifacts === undefined ? {} : { artifacts }),
  onCheck: ({ name, status, detail, sequence }) => {
    const where = sequence === null ? '' : ` at entry ${sequence}`;
    console.log(`${status.padEnd(8)}${name}${where}: ${detail}`);
  },
});

if (books !== null)
  for (const { plan, state } of Object.values(books.runs))
    console.log(`run ${plan.run} is ${state}`);
console.log(ok ? 'it holds' : 'it does not hold');
process.exitCode = ok ? 0 : 3;
