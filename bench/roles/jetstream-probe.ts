import { connect, type NatsConnection } from '@nats-io/transport-node'
import { bodyStart, decode, encode, encodeFrame, frameBytes } from '../../src/event/index.js'
import { relaxCollector } from '../../src/hub/process/collector-settings.js'
import type { JetStreamLog } from '../../src/log/jetstream/jetstream-log.js'
import { serveCalls } from '../harness/child.js'
import { micros, seconds } from '../harness/clock.js'
import { type Sample, sample, sampleTag } from '../harness/sample-event.js'
import { openLog, pushConsumer } from '../sides/jetstream-clients.js'
import { STREAM } from '../sides/nats-ends.js'

export interface ProbeOptions {
  kind: 'engine' | 'push'
  address: string
}

let options: ProbeOptions
let log: JetStreamLog
let connection: NatsConnection
let latencies: number[] = []

// As in the hub.
relaxCollector()

serveCalls({
  async start(given: ProbeOptions) {
    options = given
    if (options.kind === 'engine') log = await openLog(options.address, 256)
    else connection = await connect({ servers: options.address })
  },
  async lead() {
    if (options.kind === 'engine') await log.lead({ owner: 'bench', isHeld: () => true })
  },
  async listen() {
    if (options.kind === 'engine')
      log.onStored(({ bytes }) => {
        for (let at = 0; at < bytes.length; at += frameBytes(bytes, at))
          took(bytes.subarray(bodyStart(bytes, at), at + frameBytes(bytes, at)))
      })
    else await pushConsumer(connection, STREAM, undefined, ({ data }) => took(data))
  },
  /** Publishes one event in each ms, and resolves after this time, s. */
  async pace(length: number) {
    const end = seconds() + length
    for (let index = 0; seconds() < end; index++) {
      publish(index)
      await new Promise((resolve) => setTimeout(resolve, 1))
    }
  },
  /** Returns the time of each event since the last call, µs. */
  take() {
    const taken = latencies
    latencies = []
    return taken
  },
})

function took(body: Uint8Array): void {
  latencies.push(micros() - (decode(body) as Sample).stamp)
}

function publish(index: number): void {
  const [tag, body] = [sampleTag(index), encode(sample(index, micros()))]
  if (options.kind === 'push') {
    connection.publish(tag.replaceAll('/', '.'), body)
    return
  }
  const bytes = encodeFrame({ tag, source: 'host/bench', body })
  log.append({ bytes, count: 1, firstSeq: 0, lastSeq: 0 }, (error) => {
    if (error !== undefined) throw error
  })
}
