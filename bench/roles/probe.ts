import { serveCalls } from '../harness/child.js'
import { micros, pause, seconds, until } from '../harness/clock.js'
import { quantile } from '../harness/statistics.js'
import type { Sender } from '../sides/side.js'
import { tocsinEnds } from '../sides/tocsin-ends.js'

export interface ProbeOptions {
  address: string
  /** Events a second. */
  rate: number
}

/** Time from before encoding to after decoding, ms. */
export interface ProbeFigures {
  events: number
  p50: number
  p99: number
  max: number
}

/** How long the hub may take, after the attack, to deliver what was published during it. */
const MAX_BEHIND_SECONDS = 120

let sender: Sender
let rate = 0
let sent = 0
let received = 0
let latencies: number[] = []
let running: Promise<void> | undefined
let stopping = false

/** Publishes and reads at a steady rate, like everybody else. It never waits for the hub: a stall delays all events. */
serveCalls({
  async start(options: ProbeOptions) {
    rate = options.rate
    sender = await tocsinEnds.sender(options.address)
    await tocsinEnds.receive(options.address, {
      decode: true,
      took: (events) => (received += events),
      stamped: (stamp) => latencies.push((micros() - stamp) / 1000),
    })
  },
  begin() {
    latencies = []
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
    }
  },
})

async function pace(): Promise<void> {
  const started = seconds()
  let paced = 0
  while (!stopping) {
    const due = Math.floor((seconds() - started) * rate) - paced
    for (let i = 0; i < due; i++) sender.send(sent++, micros())
    paced += due
    await pause(0.001)
  }
}
