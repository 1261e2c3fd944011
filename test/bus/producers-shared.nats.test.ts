import { expect, onTestFinished, test } from 'vitest'
import { Producers } from '../../src/bus/producers.js'
import { openMemoryState } from '../../src/state/index.js'
import { NatsServer } from '../helpers/nats-server.js'
import { realRuntime } from '../helpers/real-runtime.js'
import { append, frames } from '../log/conformance/tools.js'
import { endless, openLog } from '../log/jetstream/open-log.js'

test('a hub that begins to lead a shared log knows the last counter of every producer in it', async () => {
  const server = await NatsServer.start()
  onTestFinished(() => server.stop())
  const earlier = await openLog(server.address, { stream: 'SHARED' })
  await earlier.lead(endless)
  await append(earlier, frames(3), [{ key: 'alice/one', first: 4, last: 9, count: 3 }])
  await append(earlier, frames(1), [{ key: 'bob/one', first: 1, last: 1, count: 1 }])
  await append(earlier, frames(1), [{ key: 'alice/one', first: 10, last: 10, count: 1 }])
  await earlier.close()
  const log = await openLog(server.address, { stream: 'SHARED' })
  const producers = new Producers(realRuntime, { producers: 100 })
  await producers.restore(log, openMemoryState({ runtime: realRuntime }).bucket('producers'))
  expect([producers.get('alice/one').last, producers.get('bob/one').last]).toEqual([10, 1])
  await log.close()
})
