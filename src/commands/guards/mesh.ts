/** What the mesh needs to stay: a departure that can wait is refused while nobody stands by. */
import type { ActorId } from '../../events/ids.ts';
import type { Books, RunBook } from '../../projections/books.ts';
import type { Refusal } from '../refusal.ts';
import { refuse } from '../refusal.ts';

const ON: readonly RunBook['state'][] = ['initializing', 'active', 'recovering'];

/** Why this participant must not drain now. Stand-bys are live, so they count. */
export function shrinkProblem(books: Books, actor: ActorId): Refusal | null {
  const mesh = books.policy?.mesh;
  const member = books.members[actor];
  if (mesh === undefined || member?.status !== 'alive') return null;
  if (!Object.values(books.runs).some(({ state }) => ON.includes(state))) return null;
  const least = member.role === 'worker' ? mesh.workersMin : mesh.validatorsMin;
  const staying = Object.values(books.members).filter(
    ({ participant, role, status }) =>
      role === member.role && status === 'alive' && participant !== actor,
  ).length;
  return staying >= least
    ? null
    : refuse('unsafe_shrink', `${staying} live ${member.role}s would stay, ${least} must`);
}
