import type { ErrorName } from '../errors.ts';

/** What JoinGroup is answered, and what SyncGroup is. Both can be long in coming, so members keep them open. */
export interface JoinAnswer {
  readonly error: ErrorName;
  /** The id that the member has from now on; '' where it has none. */
  readonly memberId: string;
  /** -1 with an error. */
  readonly generationId: number;
  readonly protocolType: string | null;
  readonly protocolName: string | null;
  readonly leader: string;
  /** The leader need not assign: it came back, and the assignments of the generation stand (KIP-814). */
  readonly skipAssignment: boolean;
  /** All members, for the leader only. */
  readonly members: readonly JoinedMember[];
}

export interface JoinedMember {
  readonly memberId: string;
  readonly instanceId: string | null;
  readonly metadata: Uint8Array;
}

export interface SyncAnswer {
  readonly error: ErrorName;
  readonly protocolType: string | null;
  readonly protocolName: string | null;
  readonly assignment: Uint8Array;
}

/** Empty bytes: of a member that the leader gave nothing, or whose metadata is not told. */
export const NO_BYTES: Uint8Array = new Uint8Array(0);

export const refusedJoin = (error: ErrorName, memberId: string): JoinAnswer => ({
  error,
  memberId,
  generationId: -1,
  protocolType: null,
  protocolName: null,
  leader: '',
  skipAssignment: false,
  members: [],
});

export const refusedSync = (error: ErrorName): SyncAnswer => ({
  error,
  protocolType: null,
  protocolName: null,
  assignment: NO_BYTES,
});
