import { setTimeout as sleep } from 'node:timers/promises'
import type { Client, Subscription } from '../../../client/api.js'
import type { HubOptions } from '../../help/options.js'
import type { Plan } from './plan.js'
import { PublisherProcess } from './publisher-process.js'

/** Time that subscribers may take to receive everything that was published, ms. */
const ARRIVAL_MS = 30_000

export interface RateFigures {
  events: number
  /** ms */
  took: number
}

/** The figures so far; a measurement that is interrupted leaves them as they were. */
export interface FullSpeed {
  published: RateFigures
  /** Events that each subscriber has received; the slowest counts. */
  received: RateFigures
  /** Gaps in what was received. */
  gaps: number
}

/** The rate at which publishers in processes of their own publish, and at which subscribers receive it. */
export async function measureFullSpeed(
  client: Client,
  hub: HubOptions,
  plan: Plan,
  signal: AbortSignal,
  figures: FullSpeed,
): Promise<void> {
  const prefix = `${plan.prefix}rate/`
  const subscribers = Array.from({ length: plan.subscribers }, () => new Subscriber(client.subscribe(prefix)))
  const publishers = Array.from({ length: plan.publishers }, () => new PublisherProcess(hub))
  try {
    await Promise.all([
      ...subscribers.map((subscriber) => subscriber.ready()),
      ...publishers.map(({ ready }) => ready),
    ])
    const started = performance.now()
    const update = () => {
      const slowest = subscribers.reduce((least, each) => (each.events < least.events ? each : least))
      figures.received = { events: slowest.events, took: Math.max(0, slowest.lastAt - started) }
      figures.gaps = subscribers.reduce((sum, { gaps }) => sum + gaps, 0)
      figures.published = publishedBy(publishers, performance.now() - started)
    }
    const before = plan.stored
    try {
      await publish(publishers, { prefix, plan, signal, update })
      await arrival(subscribers, figures.published.events, signal, update)
    } finally {
      update()
      plan.stored = before + figures.published.events
    }
  } finally {
    await Promise.all(publishers.map((publisher) => publisher.end()))
    await Promise.all(subscribers.map((subscriber) => subscriber.close()))
  }
}

async function publish(
  publishers: readonly PublisherProcess[],
  { prefix, plan, signal, update }: { prefix: string; plan: Plan; signal: AbortSignal; update(): void },
): Promise<void> {
  const limit = Math.max(1, Math.floor(plan.left / publishers.length))
  for (const publisher of publishers) publisher.start({ prefix, size: plan.size, limit })
  const all = Promise.all(publishers.map(({ done }) => done))
  const interrupted = aborted(signal)
  const watch = setInterval(update, 100)
  try {
    await Promise.race([all, interrupted, sleep(plan.duration, undefined, { signal }).catch(() => {})])
    for (const publisher of publishers) publisher.stop()
    await Promise.race([all, interrupted])
  } finally {
    clearInterval(watch)
    update()
  }
}

/** Until each subscriber has received everything, or is known not to. */
async function arrival(
  subscribers: readonly Subscriber[],
  events: number,
  signal: AbortSignal,
  update: () => void,
): Promise<void> {
  const end = performance.now() + ARRIVAL_MS
  const waits = () => subscribers.some((each) => each.events < events && each.gaps === 0)
  while (waits() && performance.now() < end && !signal.aborted) {
    for (const { failure } of subscribers) if (failure !== undefined) throw failure
    await sleep(10)
    update()
  }
}

function publishedBy(publishers: readonly PublisherProcess[], elapsed: number): RateFigures {
  const events = publishers.reduce((sum, { sent }) => sum + sent, 0)
  const all = publishers.map(({ took }) => took)
  return { events, took: all.includes(0) ? elapsed : Math.max(...all) }
}

class Subscriber {
  events = 0
  gaps = 0
  /** When the last event was received. */
  lastAt = 0
  failure: unknown
  readonly #subscription: Subscription

  constructor(subscription: Subscription) {
    this.#subscription = subscription
    this.#receive().catch((error: unknown) => {
      this.failure = error
    })
  }

  ready(): Promise<void> {
    return this.#subscription.ready()
  }

  close(): Promise<void> {
    return this.#subscription.close()
  }

  async #receive(): Promise<void> {
    for await (const item of this.#subscription.batches()) {
      if (item.status === undefined) {
        this.events += item.count
        this.lastAt = performance.now()
      } else if (item.status === 'gap') this.gaps++
    }
  }
}

/** Reads the events of the run again and again until the time is over, at least once. */
export async function measureReplay(
  client: Client,
  from: string,
  plan: Plan,
  signal: AbortSignal,
  figures: RateFigures,
): Promise<void> {
  const started = performance.now()
  const isOver = () => signal.aborted || figures.took > plan.duration
  do {
    const { events } = figures
    for await (const item of client.read(plan.prefix, { from }).batches()) {
      if (item.status === undefined) figures.events += item.count
      figures.took = performance.now() - started
      if (isOver()) return
    }
    if (figures.events === events) return
  } while (!isOver())
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}
