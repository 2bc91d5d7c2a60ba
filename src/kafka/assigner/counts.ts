/**
 * How many partitions of each topic each member of one cohort has: a table of members (rows) by topics (columns) that
 * knows its sums. Numbers only; which partitions they are is decided last, in `assign.ts`.
 */
export class Counts {
  readonly rows: number;
  readonly columns: number;
  readonly #cells: Int32Array;
  readonly #rowSums: Int32Array;
  readonly #columnSums: Int32Array;

  constructor(rows: number, columns: number) {
    this.rows = rows;
    this.columns = columns;
    this.#cells = new Int32Array(rows * columns);
    this.#rowSums = new Int32Array(rows);
    this.#columnSums = new Int32Array(columns);
  }

  get(row: number, column: number): number {
    return this.#cells[row * this.columns + column] ?? 0;
  }

  /** What the member has of all topics together. */
  ofRow(row: number): number {
    return this.#rowSums[row] ?? 0;
  }

  /** What the cohort has of the topic. */
  ofColumn(column: number): number {
    return this.#columnSums[column] ?? 0;
  }

  add(row: number, column: number, change: 1 | -1): void {
    this.#cells[row * this.columns + column] = this.get(row, column) + change;
    this.#rowSums[row] = this.ofRow(row) + change;
    this.#columnSums[column] = this.ofColumn(column) + change;
  }

  copy(): Counts {
    const copy = new Counts(this.rows, this.columns);
    copy.#cells.set(this.#cells);
    copy.#rowSums.set(this.#rowSums);
    copy.#columnSums.set(this.#columnSums);
    return copy;
  }
}
