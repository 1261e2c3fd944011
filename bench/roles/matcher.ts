import { Access, ADMIN } from '../../src/access/index.js'
import { Bus } from '../../src/bus/bus.js'
import { DEFAULT_BUS_LIMITS } from '../../src/bus/limits.js'
import type { Sink } from '../../src/bus/sink.js'
import { encode, encodeFrame, frameBytes, setFrameSeq } from '../../src/event/index.js'
import { nodeRuntime } from '../../src/hub/node-runtime.js'
import { relaxCollector } from '../../src/hub/process/collector-settings.js'
import { openMemoryLog } from '../../src/log/index.js'
import { openMemoryState } from '../../src/state/index.js'
import { serveCalls } from '../harness/child.js'
import { micros } from '../harness/clock.js'
import { sample } from '../harness/sample-event.js'

/** A bus without sockets and disk, with many subscribers, of which ten receive the events. */
const HOT = 10
const EVENTS_A_TURN = 64

let bus: Bus
let publish: (turn: number) => void
let delivered = 0

const sink: Sink = {
  write(pieces) {
    for (const piece of pieces as readonly Uint8Array[]) delivered += piece.length
  },
  pending: 0,
  status() {},
  end() {},
}

// As in the hub.
relaxCollector()

serveCalls({
  async start({ subscribers }: { subscribers: number }) {
    const runtime = nodeRuntime()
    const typeOf = () => 'tocsin.event'
    const access = new Access({}, { typeOf }, 'host/bench')
    bus = await Bus.open({
      runtime,
      log: openMemoryLog({ runtime }),
      state: openMemoryState({ runtime }),
      authorize: access.authorize,
      typeOf,
      limits: DEFAULT_BUS_LIMITS,
      origin: 'hub',
    })
    const admin = access.principal(ADMIN)
    // The hot subscribers are spread evenly among the others, and all filters begin alike.
    const step = subscribers / HOT
    for (let i = 0; i < subscribers; i++) {
      await bus.subscribe(admin, { filters: `${host(i)}/`, label: 'bench' }, sink)
    }
    const events = { accepted() {}, durable() {}, refused: fail, gateDone() {}, resumed() {}, closed() {} }
    const publisher = bus.publisher(admin, { events })
    const frames = Buffer.concat(
      Array.from({ length: EVENTS_A_TURN }, (_, i) =>
        encodeFrame({
          tag: `${host((i % HOT) * step)}/journal/${i}`,
          source: admin.source,
          body: encode(sample(i)),
        }),
      ),
    )
    publish = (turn) => {
      let counter = turn * EVENTS_A_TURN
      for (let at = 0; at < frames.length; at += frameBytes(frames, at)) setFrameSeq(frames, at, ++counter)
      publisher.publish(frames, 0, frames.length)
    }
  },
  /** Time per event from publishing to the subscribers' sinks, µs. */
  async run(turns: number) {
    delivered = 0
    const started = micros()
    for (let i = 0; i < turns; i++) {
      publish(nextTurn++)
      bus.flush()
      // Rarely, so that the event loop itself is not measured.
      if (i % 100 === 99) await new Promise((resolve) => setImmediate(resolve))
    }
    const elapsed = micros() - started
    if (delivered === 0) throw new Error('nothing was delivered')
    return elapsed / (turns * EVENTS_A_TURN)
  },
})

let nextTurn = 0

function host(index: number): string {
  return `host/web${String(index).padStart(6, '0')}`
}

function fail(_counter: number, error: unknown): void {
  throw error
}
