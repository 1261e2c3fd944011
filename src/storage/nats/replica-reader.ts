import { parseDelivery } from './delivery.js'
import { statusOf } from './header-block.js'
import { ANSWER_MS, type JetStreamApi } from './jetstream-api.js'
import type { NatsLink } from './link.js'
import { NatsFault } from './nats-fault.js'
import { persist } from './persist.js'
import type { Received } from './stream-pull.js'

/** Draws for each server. With so many, one of five running servers is passed over once in 100,000 times. */
const DRAWS_EACH = 12
/** Pause before a consumer is asked again that has just been made, ms. */
const PAUSE_MS = 50

export interface ReplicaTarget {
  link: NatsLink
  api: JetStreamApi
  stream: string
  /** Aborted when the copies are no longer wanted. */
  signal?: AbortSignal
}

/**
 * Opens the copies that servers have of a stream, from a place on. A consumer of one replica reads what the server has on
 * which it lies, and the servers draw that one: consumers are made until each server has one. A server that none comes to is
 * left out.
 */
export async function openReplicas(
  target: ReplicaTarget,
  servers: readonly string[],
  from: number,
): Promise<Map<string, ReplicaReader>> {
  const { link, api, stream, signal } = target
  const found = new Map<string, ReplicaReader>()
  for (let draw = 0; draw < DRAWS_EACH * servers.length && found.size < servers.length; draw++) {
    const config = { deliver_policy: 'by_start_sequence', opt_start_seq: Math.max(1, from) } as const
    // One that has just started is drawn before it answers.
    const { name, cluster } = await persist(link, () => api.consumer(stream, config), {
      check: () => signal?.throwIfAborted(),
    })
    const server = cluster?.leader ?? ''
    if (servers.includes(server) && !found.has(server)) found.set(server, new ReplicaReader(target, name))
    else api.forget(stream, name)
  }
  return found
}

/** Reads what one server has of a stream, which need not be what the others have. */
export class ReplicaReader {
  readonly #target: ReplicaTarget
  readonly #consumer: string

  constructor(target: ReplicaTarget, consumer: string) {
    this.#target = target
    this.#consumer = consumer
  }

  /** Hands over the next messages. Resolves with whether there are more. Rejects with a NatsFault if the server is silent. */
  async read(count: number, received: Received): Promise<boolean> {
    const { runtime } = this.#target.link
    const deadline = runtime.monotonic() + ANSWER_MS
    for (;;) {
      const outcome = await this.#pull(count, received)
      if (outcome !== 'unheard') return outcome === 'more'
      if (runtime.monotonic() > deadline) throw silent()
      await new Promise<void>((resolve) => void runtime.after(PAUSE_MS, resolve))
    }
  }

  close(): void {
    this.#target.api.forget(this.#target.stream, this.#consumer)
  }

  #pull(count: number, received: Received): Promise<'more' | 'end' | 'unheard'> {
    const { link, api, stream } = this.#target
    const inbox = link.inbox()
    return new Promise((resolve, reject) => {
      let left = count
      let heard = link.runtime.monotonic()
      const stop = () => {
        cancel()
        unsubscribe()
      }
      const end = (outcome: 'more' | 'end' | 'unheard') => {
        stop()
        resolve(outcome)
      }
      const watch = () => {
        const rest = ANSWER_MS - (link.runtime.monotonic() - heard)
        if (rest > 0) cancel = link.runtime.after(rest, watch)
        else {
          stop()
          reject(silent())
        }
      }
      let cancel = link.runtime.after(ANSWER_MS, watch)
      const unsubscribe = link.subscribe(inbox, (message) => {
        heard = link.runtime.monotonic()
        const delivery = parseDelivery(message)
        if (delivery === undefined) return end(statusOf(message.header) === UNHEARD ? 'unheard' : 'end')
        received(message, delivery)
        if (delivery.pending === 0) end('end')
        else if (--left === 0) end('more')
      })
      api.pull(stream, this.#consumer, count, inbox)
    })
  }
}

function silent(): NatsFault {
  return new NatsFault('unreachable', `no answer within ${ANSWER_MS / 1000} s`)
}

/** Nobody listens: the other servers do not know of the consumer yet. */
const UNHEARD = 503
