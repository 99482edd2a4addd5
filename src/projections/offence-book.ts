/** Offences as long as they count or can be appealed, and appeals while they are open. */
import type { DataOfType } from '../events/catalogue.ts';
import type { ActorId } from '../events/ids.ts';

type Found = DataOfType<'daybook.offence.found.v1'>;
export type OffenceKind = Found['kind'];
export type Rung = Found['rung'];
export type Taken = Found['taken'][number];
export type Vote = DataOfType<'daybook.appeal.voted.v1'>['vote'];
export type LadderPolicy = NonNullable<DataOfType<'daybook.policy.adopted.v3'>['ladder']>;

export interface OffenceRecord {
  readonly offence: string;
  readonly kind: OffenceKind;
  readonly rung: Rung;
  readonly sequence: number;
  readonly run: string | null;
  readonly window: number | null;
  readonly untilWindow: number | null;
  readonly evidence: readonly number[];
  readonly parties: readonly ActorId[];
  readonly taken: readonly Taken[];
  /** `final`: it can be appealed no longer, or never could. */
  state: 'standing' | 'appealed' | 'final' | 'overturned';
  /** What it took is with the penalties; absent: it is held, or went back. */
  paid?: true;
}

/** An offence whose time to be appealed is not over. */
export interface Settling {
  readonly offence: string;
  readonly participant: ActorId;
  readonly untilMs: number;
}

export interface AppealBook {
  readonly offence: string;
  readonly appellant: ActorId;
  readonly sequence: number;
  readonly filedMs: number;
  /** Of the policy when it was filed. */
  readonly terms: Pick<LadderPolicy, 'panelMs' | 'panelSize' | 'quorum' | 'bond'>;
  panel: ActorId[];
  votes: { readonly validator: ActorId; readonly sequence: number; readonly vote: Vote }[];
}
