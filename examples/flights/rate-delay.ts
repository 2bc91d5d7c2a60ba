import { defineHandler, type HandlerRecord } from 'millrace';

/** A flight as `flights-20k.json.gz` has it: delay in minutes, distance in miles. */
interface Flight {
  readonly date: string;
  readonly delay: number;
  readonly distance: number;
  readonly origin: string;
  readonly destination: string;
}

/** Flights of one origin come one after another, in their order: the origin is the key of the record. */
export default defineHandler({
  handle(record: HandlerRecord<Flight>) {
    const flight = record.value;
    return { ...flight, rating: rate(flight.delay) };
  },
});

function rate(delay: number): string {
  if (delay <= 0) return 'early';
  return delay <= 15 ? 'on time' : 'late';
}
