/** What the brokers see and the oracle hears, each before anybody is answered. */
export interface Watch {
  /** A process asks to join, again perhaps. */
  /** A process has got a member id. */
  named(process: number, memberId: string): void;
  /** The leader's assignment was taken: the member gets these partitions of the topic in the new generation. */
  assigned(memberId: string, partitions: readonly number[]): void;
  /** A member is about to be told its assignment. */
  told(memberId: string, partitions: readonly number[]): void;
  /** A commit is on its way, whatever becomes of it. */
  commitSent(process: number, partition: number, offset: number): void;
  /** A commit was taken; `memberId` is who made it. */
  committed(memberId: string, partition: number, offset: number): void;
}
