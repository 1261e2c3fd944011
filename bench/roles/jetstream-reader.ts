import { connect, type NatsConnection } from '@nats-io/transport-node'
import { frameBytes, frameSeq } from '../../src/event/index.js'
import { relaxCollector } from '../../src/hub/process/collector-settings.js'
import type { JetStreamLog } from '../../src/log/jetstream/jetstream-log.js'
import { serveCalls } from '../harness/child.js'
import { seconds } from '../harness/clock.js'
import { engineAppender, LOG_STREAM, openLog, pushConsumer } from '../sides/jetstream-clients.js'

export interface ReaderOptions {
  /** The engine, the library's ordered consumer, or a push consumer over the bare connection. */
  kind: 'engine' | 'ordered' | 'push'
  address: string
}

export interface ReadRate {
  events: number
  /** Processor time of the client per event, µs. */
  cpu: number
}

const BATCH = 64
/** As large as the pulls with which the library is fastest. */
const PULL = 20_000

let options: ReaderOptions
let log: JetStreamLog
let connection: NatsConnection

// As in the hub.
relaxCollector()

serveCalls({
  async start(given: ReaderOptions) {
    options = given
    if (options.kind === 'engine') log = await openLog(options.address, 256)
    else connection = await connect({ servers: options.address })
  },
  async fill(events: number) {
    const appender = await engineAppender(options.address, 1024, BATCH)
    for (let left = events; left > 0; left -= 8192)
      await new Promise<void>((resolve) => {
        let stored = 0
        appender.append(8192, (count) => {
          stored += count
          if (stored === 8192) resolve()
        })
      })
    await appender.close()
  },
  /** Reads this many of the events of the stream, all of them visited and none decoded. */
  async read(events: number): Promise<ReadRate> {
    const [started, used] = [seconds(), process.cpuUsage()]
    if (options.kind === 'engine') await readLog(events)
    else if (options.kind === 'push') await readPushed(events)
    else await readOrdered(events)
    const { user, system } = process.cpuUsage(used)
    return { events: events / (seconds() - started), cpu: (user + system) / events }
  },
})

async function readLog(events: number): Promise<void> {
  let count = 0
  for await (const { bytes } of log.read(1, { events }))
    for (let at = 0; at < bytes.length; at += frameBytes(bytes, at)) if (frameSeq(bytes, at) > 0) count++
  if (count !== events) throw new Error(`${count} events instead of ${events}`)
}

function readPushed(events: number): Promise<void> {
  return new Promise((resolve, reject) => {
    let count = 0
    let end = () => {}
    pushConsumer(connection, LOG_STREAM, 1, () => {
      if (++count !== events) return
      end()
      resolve()
    }).then((stop) => {
      end = stop
      if (count >= events) stop()
    }, reject)
  })
}

async function readOrdered(events: number): Promise<void> {
  const { jetstream } = await import('@nats-io/jetstream')
  const consumer = await jetstream(connection).consumers.get(LOG_STREAM)
  await new Promise<void>((resolve, reject) => {
    let count = 0
    const callback = () => {
      if (++count === events) resolve()
    }
    consumer.consume({ max_messages: PULL, callback }).catch(reject)
  })
  await consumer.delete()
}
