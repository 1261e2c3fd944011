import { afterAll, beforeAll, describe } from 'vitest'
import type { EventLog } from '../../../src/log/event-log.js'
import type { JetStreamLogOptions } from '../../../src/log/jetstream/jetstream-log.js'
import { NatsServer } from '../../helpers/nats-server.js'
import { eventLogConformance } from '../conformance/index.js'
import { endless, newStream, openLog } from './open-log.js'
import { RenumberedLog } from './renumbered-log.js'

let server: NatsServer
beforeAll(async () => {
  server = await NatsServer.start({ maxPayload: '8MB' })
})
afterAll(() => server.stop())

/** Opens logs as the only hub, which leads at once. */
function harnessOf(options: Partial<JetStreamLogOptions>, barrier: number) {
  const streams = new WeakMap<EventLog, string>()
  const open = async (stream = newStream()) => {
    const log = await openLog(server.address, { ...options, stream })
    await log.lead(endless)
    const renumbered = new RenumberedLog(log, barrier)
    streams.set(renumbered, stream)
    return renumbered
  }
  const reopen = async (log: EventLog) => {
    await log.close()
    return open(streams.get(log))
  }
  return { open: () => open(), reopen }
}

describe('the JetStream log, whose hub is the only one', () => {
  eventLogConformance(harnessOf({ fence: false }, 0))
})

describe('the JetStream log, each term of which begins with a barrier', () => {
  eventLogConformance(harnessOf({ window: 64 }, 64))
})

describe('the JetStream log with little memory, so that reads go to the stream', () => {
  eventLogConformance(harnessOf({ window: 64, ringBytes: 0 }, 64))
})
