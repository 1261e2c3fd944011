import type { Client } from '../../client/api.js'
import type { Event } from '../../event/event.js'
import type { Io } from '../io.js'
import type { View } from '../output/formats.js'
import { call } from './connect.js'

/** Collects the facts about the hub and the terminal that formats need. */
export async function viewOf(io: Io, client: Client, withTypes: boolean): Promise<View> {
  const known = withTypes ? await typesOf(io, client) : undefined
  return {
    // The epoch changes after a reconnect to a hub with another log.
    get epoch() {
      return client.welcome.epoch
    },
    typeOf: known?.typeOf ?? (() => 'tocsin.event'),
    ...(known && { displayOf: known.displayOf }),
    colors: io.colors,
    columns: () => io.out.columns,
  }
}

/** The types of this hub, which may have more than this program. */
async function typesOf(io: Io, client: Client): Promise<Required<Pick<View, 'typeOf' | 'displayOf'>>> {
  const [{ TypeRegistry, displaysOf }, { types }] = await Promise.all([
    import('../../types/index.js'),
    call(io, client, 'types.list', {}),
  ])
  const { typeOf } = new TypeRegistry(types.map(({ type, tags }) => ({ type, tags })))
  const displays = displaysOf(types)
  const displayOf = (event: Event) => displays.get(String(event.attributes.type ?? typeOf(event.tag)))
  return { typeOf, displayOf }
}
