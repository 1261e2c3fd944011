import type { Client } from '../../client/api.js'
import { call } from '../hub.js'
import type { Io } from '../io.js'

const MOST_BUSES = 1000
const PREFIX = 'salt/'

/** Says that the log has no event of the bus: its name may be another one. */
export async function noteMissingBus(io: Io, client: Client, bus: string): Promise<void> {
  const { values, exact } = await call(io, client, 'events.facets', {
    filters: { prefix: { source: PREFIX } },
    field: 'source',
    from: 'start',
    limit: MOST_BUSES,
  })
  const buses = values.map(({ value }) => String(value).slice(PREFIX.length))
  if (!exact || buses.includes(bus)) return
  const others = buses.length === 0 ? ', nor of any other' : `; there are those of ${buses.sort().join(', ')}`
  io.note(`the log has no event of the bus ${bus}${others}`)
}
