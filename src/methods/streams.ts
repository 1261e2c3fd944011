import { z } from 'zod'
import type { NamedStreams } from '../bus/streams/named-streams.js'
import { visibleTo } from '../bus/visible-events.js'
import { filterKey, parseFilter } from '../filter/index.js'
import type { StreamInfo } from './contract/index.js'
import { timeAt } from './log.js'
import { type Method, method } from './method.js'
import type { BusMethodContext } from './query.js'
import * as results from './results/streams.js'

/** The parts of the hub that methods about named streams need. */
export interface StreamMethodContext extends BusMethodContext {
  streams: Pick<NamedStreams, 'list'>
}

export function streamMethods(context: StreamMethodContext): Method[] {
  return [
    method({
      name: 'streams.list',
      summary: 'Lists the named streams that programs for NSO and ConfD can subscribe to.',
      right: 'see',
      params: z.object({}),
      result: results.streams,
      async run({ principal }) {
        const { log } = context.bus
        const visible = visibleTo(context.authorize, principal)
        const seesAll = (visible.outside?.matcher ?? visible).all
        const times = seesAll
          ? { firstTime: await timeAt(log, log.first), lastTime: await timeAt(log, log.last) }
          : {}
        const streams = context.streams.list().map(
          ({ name, description, filter, replay }): StreamInfo => ({
            name,
            description,
            filter: filterKey(parseFilter(filter)),
            replay,
            ...(replay && times),
          }),
        )
        return { streams }
      },
    }),
  ]
}
