import type { Child } from './child.js'
import { pause } from './clock.js'
import { anonymousKilobytes } from './process-facts.js'
import type { Figures } from './row.js'
import { compact } from './statistics.js'

/**
 * Connections before the measurement: part of their memory is shared, such as code, tables, pools and the young heap.
 */
const FIRST = 500

/** Returns the anonymous memory of the hub for each idle connection, KB. */
export async function memoryEach(pid: number, idlers: Child, connections: number): Promise<Figures> {
  await idlers.call('add', FIRST)
  await pause(1)
  const before = anonymousKilobytes(pid)
  await idlers.call('add', connections)
  await pause(2)
  const after = anonymousKilobytes(pid)
  const open = await idlers.call<number>('open')
  if (open !== FIRST + connections) throw new Error(`of ${FIRST + connections} connections ${open} are open`)
  return {
    value: (after - before) / connections,
    notes: [`${connections} connections: ${compact(before)} to ${compact(after)} KB`],
  }
}
