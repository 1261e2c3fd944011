import { join } from 'node:path'
import { encode } from '../../src/event/index.js'
import { TestBus } from '../bus/fixture.js'
import { FakeRuntime } from '../helpers/fake-runtime.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'
import { openLmdb } from '../log/lmdb-folder.js'

interface PastEvent {
  tag: string
  data: unknown
}

/** Makes a data folder whose log has these events, the last of them `spacing` ms ago and the others before it. */
export async function pastLog(events: readonly PastEvent[], spacing: number): Promise<string> {
  const data = temporaryFolder('log')
  const start = new Date(Date.now() - events.length * spacing).toISOString()
  const runtime = Object.assign(new FakeRuntime({ start }), {
    soon: (run: () => void) => void setImmediate(run),
  })
  const log = await openLmdb({ runtime, folder: join(data, 'log') })
  const hub = await TestBus.open({ runtime, log })
  for (const { tag, data } of events) {
    hub.store({ tag, body: encode(data) })
    runtime.advance(spacing)
    await runtime.settle()
  }
  await hub.bus.close()
  await log.close()
  return data
}
