import { serveCalls } from '../harness/child.js'
import { micros, pause, seconds, until } from '../harness/clock.js'
import { waitMicros } from '../harness/process-facts.js'
import { quantile } from '../harness/statistics.js'
import type { Sender } from '../sides/side.js'
import { tocsinEnds } from '../sides/tocsin-ends.js'

export interface ProbeOptions {
  address: string
  /** Events a second. */
  rate: number
  /** Process of the hub. */
  hub: number
}

/** Time from before encoding to after decoding, ms, without that in which the hub or the probe waited for a processor. */
export interface ProbeFigures {
  events: number
  p50: number
  p99: number
  max: number
  /** The same with that time. */
  wallP99: number
}

/** Time that the hub may take, after the attack, to deliver everything that was published during it. */
const MAX_BEHIND_SECONDS = 120

let sender: Sender
let rate = 0
let sent = 0
let received = 0
let latencies: number[] = []
let wallLatencies: number[] = []
let hub = 0
/** For each stamp on its way, how long hub and probe had waited for a processor. */
const waitedBefore = new Map<number, number>()
let running: Promise<void> | undefined
let stopping = false

/** Publishes and reads at a steady rate, like everybody else. It never waits for the hub: a stall delays all events. */
serveCalls({
  async start(options: ProbeOptions) {
    rate = options.rate
    hub = options.hub
    sender = await tocsinEnds.sender(options.address)
    await tocsinEnds.receive(options.address, {
      decode: true,
      took: (events) => (received += events),
      stamped: took,
    })
  },
  begin() {
    latencies = []
    wallLatencies = []
    waitedBefore.clear()
    stopping = false
    running = pace()
  },
  async end(): Promise<ProbeFigures> {
    stopping = true
    await running
    await until('everything has arrived', () => received === sent, MAX_BEHIND_SECONDS)
    return {
      events: latencies.length,
      p50: quantile(latencies, 0.5),
      p99: quantile(latencies, 0.99),
      max: Math.max(...latencies),
      wallP99: quantile(wallLatencies, 0.99),
    }
  },
})

function waited(): number {
  return waitMicros(hub) + waitMicros(process.pid)
}

function took(stamp: number): void {
  const wall = micros() - stamp
  wallLatencies.push(wall / 1000)
  const before = waitedBefore.get(stamp)
  waitedBefore.delete(stamp)
  latencies.push(Math.max(0, before === undefined ? wall : wall - (waited() - before)) / 1000)
}

async function pace(): Promise<void> {
  const started = seconds()
  let paced = 0
  while (!stopping) {
    const due = Math.floor((seconds() - started) * rate) - paced
    const waits = due > 0 ? waited() : 0
    for (let i = 0; i < due; i++) {
      const stamp = micros()
      waitedBefore.set(stamp, waits)
      sender.send(sent++, stamp)
    }
    paced += due
    await pause(0.001)
  }
}
