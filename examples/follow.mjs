// Follow a book: who takes part in a ledger, told now and whenever it changes, until Ctrl-C.
//
//   node follow.mjs <url>
import { connect } from 'daybook/client';

const [url = ''] = process.argv.slice(2);
const ledger = await connect(url);
process.once('SIGINT', () => void ledger.close());

// The books are folded here from the log's entries; the authority is not asked for them.
await ledger.follow('members', (members, size) => {
  const names = Object.values(members).map(
    ({ name, role, status }) => `${name} (${role}, ${status})`,
  );
  console.log(`after ${size} entries: ${names.join(', ') || 'nobody'}`);
});
