import type { Client } from '../client/api.js'
import type { TypeOf } from '../filter/matcher.js'
import { call } from './hub.js'
import type { Io } from './io.js'
import type { View } from './output/format.js'

/** What formats need to know of this hub and this terminal. */
export async function viewOf(io: Io, client: Client, withTypes: boolean): Promise<View> {
  return {
    // Another one after a reconnect to a hub with another log.
    get epoch() {
      return client.welcome.epoch
    },
    typeOf: withTypes ? await typesOf(io, client) : () => 'tocsin.event',
    colors: io.colors,
    columns: () => io.out.columns,
  }
}

/** The types of this hub: it may know more of them than this program. */
async function typesOf(io: Io, client: Client): Promise<TypeOf> {
  const [{ TypeRegistry }, { types }] = await Promise.all([
    import('../types/registry.js'),
    call(io, client, 'types.list', {}),
  ])
  return new TypeRegistry(types.map(({ type, tags }) => ({ type, tags, summary: '', schema: {} }))).typeOf
}
