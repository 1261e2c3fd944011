import { serveCalls } from '../harness/child.js'
import { micros, pause, seconds } from '../harness/clock.js'
import { ProgressListener } from '../harness/progress.js'
import { loadEnds } from '../sides/ends.js'
import type { Sender, SideName } from '../sides/side.js'

export interface PublisherOptions {
  side: SideName
  address: string
  progress: string
  /** Maximum number of events ahead of the slowest subscriber, or not acknowledged. */
  window: number
  /** True if bodies are one value of the sample's size, so that there is nothing to walk. */
  flat?: boolean
}

export interface PublisherCounts {
  sent: number
  acknowledged: number
  /** Time of the count, µs. */
  at: number
}

/** Maximum number of events between two turns of the event loop, in which acknowledgements and progress are read. */
const EVENTS_A_TURN = 256

let sender: Sender
let progress: ProgressListener
let window = 0
let sent = 0
let acknowledged = 0
let running = false

serveCalls({
  async start(options: PublisherOptions) {
    sender = await (await loadEnds(options.side)).sender(options.address, options.flat)
    progress = new ProgressListener(options.progress)
    window = options.window
  },
  flow() {
    running = true
    progress.onAdvance(() => wake())
    void guard(flow())
  },
  pace(rate: number, stamped: boolean) {
    running = true
    void guard(pace(rate, stamped))
  },
  /** Publishes at a fixed rate, always as many events at once, however late the turn is. */
  paceBatches(rate: number, batch: number) {
    running = true
    void guard(paceBatches(rate, batch))
  },
  durably() {
    running = true
    sendDurably()
  },
  /** Sends events as fast as they are accepted, and resolves when the server has them. */
  async fill(events: number) {
    await fill(events)
    await sender.flush()
  },
  async halt() {
    running = false
    wake()
    await sender.flush()
    return counts()
  },
  counts,
})

let wake: () => void = () => {}

function counts(): PublisherCounts {
  return { sent, acknowledged, at: micros() }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

/** Closed loop: publishes as fast as the slowest subscriber receives. */
async function flow(): Promise<void> {
  while (running) {
    const room = window - (sent - progress.slowest)
    if (room <= 0) await new Promise<void>((resolve) => (wake = resolve))
    else {
      await send(Math.min(room, EVENTS_A_TURN), false)
      await nextTurn()
    }
  }
}

async function pace(rate: number, stamped: boolean): Promise<void> {
  const started = seconds()
  let paced = 0
  while (running) {
    const due = Math.floor((seconds() - started) * rate) - paced
    await send(due, stamped)
    paced += due
    await pause(0.001)
  }
}

async function paceBatches(rate: number, batch: number): Promise<void> {
  const started = seconds()
  for (let batches = 1; running; batches++) {
    await send(batch, false)
    do await pause(0.001)
    while (running && (seconds() - started) * rate < batches * batch)
  }
}

async function fill(events: number): Promise<void> {
  for (let left = events; left > 0; left -= EVENTS_A_TURN) {
    await send(Math.min(left, EVENTS_A_TURN), false)
    // The peer accepts without limit into its own memory: the round trip limits that.
    if (left % (EVENTS_A_TURN * 16) < EVENTS_A_TURN) await sender.flush()
    else await nextTurn()
  }
}

async function send(events: number, stamped: boolean): Promise<void> {
  for (let i = 0; i < events; i++) {
    if (!sender.send(sent++, stamped ? micros() : 0)) await sender.ready()
  }
}

function sendDurably(): void {
  while (running && sent - acknowledged < window) {
    sender.sendDurably(sent++).then(acknowledge, fail)
  }
}

function acknowledge(): void {
  acknowledged++
  if (running) sendDurably()
}

async function guard(work: Promise<void>): Promise<void> {
  await work.catch(fail)
}

function fail(error: unknown): void {
  console.error(error)
  process.exit(1)
}
