/** Names of actors from the entries that give them one, for readers who keep no books. */
import type { LedgerEvent } from '../../events/catalogue.ts';
import { opens } from '../../events/upcast.ts';

/** To be called for every entry in order; a later key has the name of its participant. */
export function noteNames(names: Map<string, string>, event: LedgerEvent): void {
  if (opens(event))
    names.set(event.data.authority, 'authority').set(event.data.operator, 'operator');
  switch (event.type) {
    case 'daybook.participant.admitted.v1':
    case 'daybook.identity.registered.v1':
      if (!names.has(event.data.participant)) names.set(event.data.participant, event.data.name);
      return;
    case 'daybook.identity.rotated.v1':
      names.set(event.data.key, names.get(event.data.participant) ?? event.data.key.slice(0, 8));
      return;
    default:
  }
}
