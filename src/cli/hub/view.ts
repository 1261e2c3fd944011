import type { Client } from '../../client/api.js'
import type { TypeOf } from '../../filter/matcher.js'
import type { Io } from '../io.js'
import type { View } from '../output/formats.js'
import { call } from './connect.js'

/** What formats need to know about the hub and the terminal. */
export async function viewOf(io: Io, client: Client, withTypes: boolean): Promise<View> {
  return {
    // The epoch changes after a reconnect to a hub with another log.
    get epoch() {
      return client.welcome.epoch
    },
    typeOf: withTypes ? await typesOf(io, client) : () => 'tocsin.event',
    colors: io.colors,
    columns: () => io.out.columns,
  }
}

/** The types of this hub, which may have more than this program. */
async function typesOf(io: Io, client: Client): Promise<TypeOf> {
  const [{ TypeRegistry }, { types }] = await Promise.all([
    import('../../types/registry.js'),
    call(io, client, 'types.list', {}),
  ])
  return new TypeRegistry(types.map(({ type, tags }) => ({ type, tags, summary: '', schema: {} }))).typeOf
}
