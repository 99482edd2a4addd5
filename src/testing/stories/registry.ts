/**
 * A network by invitation: one of its workers vouches for another, one declines and one lets its offer
 * lapse; a key is lost in the middle of a window, and the work goes on under the same identity; stake
 * is asked back; an identity is put out.
 */
import { must } from '../../projections/books.ts';
import type { Desk } from '../desk.ts';
import { keyNamed } from '../desk.ts';
import { RegistryCast, STAKE } from '../registry-cast.ts';

export function registryStory(): Desk {
  const cast = new RegistryCast({ posture: 'permissioned' });
  const { desk } = cast;
  const invited = (role: 'worker' | 'validator', name: string, sponsor: string | null) => {
    const invitation = `for-${name}`;
    desk.must(desk.operator, 'daybook.identity.invited.v1', {
      invitation,
      key: keyNamed(name).actor,
      sponsor: sponsor === null ? null : keyNamed(sponsor).actor,
      untilMs: desk.nowMs + 60_000,
    });
    return cast.arrive(role, name, { invitation });
  };
  for (const name of ['worker-0', 'worker-1', 'worker-2', 'worker-3'])
    invited('worker', name, null);
  invited('worker', 'worker-4', 'worker-0');
  for (const name of ['validator-0', 'validator-1', 'validator-2'])
    invited('validator', name, null);
  for (const key of cast.workers)
    desk.must(key, 'daybook.capability.claimed.v1', cast.claimOf(key.actor));

  desk.plan({ windows: 3 });
  desk.tick();
  const [declining, silent] = cast.workers.slice(2, 4);
  cast.decline(must(declining, 'worker').actor);
  for (const { actor } of cast.everybody)
    if (actor !== declining?.actor && actor !== silent?.actor) cast.accept(actor);
  desk.pass(4000);
  desk.tick();

  const held = must(cast.slots[0], 'slot');
  const { participant } = cast.assignment(held);
  cast.claim(held);
  cast.rotate(participant, cast.recoveryOf(cast.nameOf(participant)), keyNamed('second key'));
  cast.begin(participant);
  desk.nowMs += 500;
  cast.play(4_000_000, 3_000_000);
  desk.tick();

  cast.unlock(must(silent, 'worker').actor, STAKE);
  cast.revoke(must(declining, 'worker').actor);
  desk.pass(5000);
  cast.play(3_000_000, 2_900_000);
  desk.tick();
  return desk;
}
