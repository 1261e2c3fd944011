import { afterAll, beforeAll, describe } from 'vitest'
import { openJetStreamState } from '../../../src/state/jetstream/jetstream-state.js'
import type { StateStore } from '../../../src/state/state-store.js'
import { NatsLink } from '../../../src/storage/nats/link.js'
import { FakeRuntime } from '../../helpers/fake-runtime.js'
import { NatsServer } from '../../helpers/nats-server.js'
import { realRuntime } from '../../helpers/real-runtime.js'
import { stateStoreConformance } from '../conformance/index.js'

/** The clock of the entries stands still, while that of the connection runs. */
const runtime = new FakeRuntime()
const prefixes = new WeakMap<StateStore, string>()
let stores = 0
let server: NatsServer

beforeAll(async () => {
  server = await NatsServer.start({ maxPayload: '2MB' })
})
afterAll(() => server.stop())

async function open(prefix: string): Promise<StateStore> {
  const link = await NatsLink.open({ runtime: realRuntime, servers: server.address })
  const store = await openJetStreamState({ runtime, link, prefix })
  prefixes.set(store, prefix)
  return store
}

describe('the JetStream state store', () => {
  stateStoreConformance({
    open: () => open(`test${++stores}`),
    reopen: async (store) => {
      await store.close()
      return open(prefixes.get(store)!)
    },
    pass: (ms) => runtime.pass(ms),
  })
})
