import type { Ends, SideName } from './side.js'

/** Loads only the client that is measured. */
export async function loadEnds(side: SideName): Promise<Ends> {
  if (side === 'tocsin') return (await import('./tocsin-ends.js')).tocsinEnds
  return (await import('./nats-ends.js')).natsEnds
}
