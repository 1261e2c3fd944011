import { describe } from 'vitest'
import type { EventLog } from '../../../src/log/event-log.js'
import { JetStreamLog } from '../../../src/log/jetstream/jetstream-log.js'
import { openJetStreamState } from '../../../src/state/jetstream/jetstream-state.js'
import type { StateStore } from '../../../src/state/state-store.js'
import { FakeRuntime } from '../../helpers/fake-runtime.js'
import { realRuntime } from '../../helpers/real-runtime.js'
import { eventLogConformance } from '../../log/conformance/index.js'
import { endless, newStream } from '../../log/jetstream/open-log.js'
import { RenumberedLog } from '../../log/jetstream/renumbered-log.js'
import { stateStoreConformance } from '../../state/conformance/index.js'
import { ModelLink } from './link.js'
import { NatsModel } from './server.js'

const WINDOW = 64
const model = new NatsModel(realRuntime, 8 * 1024 * 1024)

/** A connection without delay. */
function linked(maxPayload = model.maxPayload): ModelLink {
  const soon = (run: () => void) => void setImmediate(run)
  const link = new ModelLink(realRuntime, model, { up: soon, down: soon, close: () => undefined })
  return Object.assign(link, { maxPayload })
}

const streams = new WeakMap<EventLog, string>()

async function openLog(stream = newStream()): Promise<EventLog> {
  const log = await JetStreamLog.open({
    runtime: realRuntime,
    link: linked(),
    prefix: stream,
    stream,
    window: WINDOW,
    typeOf: (tag) => tag,
  })
  await log.lead(endless)
  const renumbered = new RenumberedLog(log, WINDOW)
  streams.set(renumbered, stream)
  return renumbered
}

describe('the JetStream log on the model of NATS', () => {
  eventLogConformance({
    open: () => openLog(),
    reopen: async (log) => {
      await log.close()
      return openLog(streams.get(log))
    },
  })
})

const clock = new FakeRuntime()
const prefixes = new WeakMap<StateStore, string>()
let stores = 0

async function openState(prefix: string): Promise<StateStore> {
  const store = await openJetStreamState({ runtime: clock, link: linked(2 * 1024 * 1024), prefix })
  prefixes.set(store, prefix)
  return store
}

describe('the JetStream state store on the model of NATS', () => {
  stateStoreConformance({
    open: () => openState(`test${++stores}`),
    reopen: async (store) => {
      await store.close()
      return openState(prefixes.get(store)!)
    },
    pass: (ms) => clock.pass(ms),
  })
})
