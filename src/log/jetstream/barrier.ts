import { TocsinError } from '../../errors/tocsin-error.js'
import { headerBlock, headerLine } from '../../storage/nats/header-block.js'
import { answerOf } from '../../storage/nats/jetstream-api.js'
import type { NatsLink } from '../../storage/nats/link.js'
import { fullError } from '../../storage/nats/nats-error.js'
import { NatsFault } from '../../storage/nats/nats-fault.js'
import { newestEvent } from './fence.js'
import { ShortStream, type ShortStreamOptions } from './short-stream.js'
import type { Subjects } from './subjects.js'

const SILENCE_MS = 1500
const PAUSE_MS = 100

export interface BarrierOptions extends ShortStreamOptions {
  created: string
  subjects: Subjects
  /** Number of messages: the largest window of any primary. */
  window: number
  /** Who appends it, for people who look into the stream. */
  owner: string
  mayAppend(): boolean
  /** The last event that this hub has delivered. */
  delivered?(): number
}

/** The options that differ from term to term. */
export type TermOptions = Omit<BarrierOptions, 'subjects'>

/**
 * Appends as many small messages, the first of them alone, as an earlier primary can have on the way, and resolves with
 * the places of the first and the last. Whatever that primary still sends names a place before their end, and is refused.
 * Messages of it that the server takes after one of a barrier are removed, also after the barrier of a hub that gave up.
 */
export async function appendBarrier(options: BarrierOptions): Promise<{ first: number; last: number }> {
  const { api, link, stream, created, window } = options
  const streamEnd = new ShortStream(options)
  for (;;) {
    if (!options.mayAppend()) throw new TocsinError('TCN_LOG_TERM_OVER')
    try {
      const info = await api.info(stream)
      if (info.created !== created) throw new TocsinError('TCN_LOG_TERM_OVER', 'the stream was replaced')
      if (streamEnd.isShort(info.state.last_seq)) {
        await pause(link)
        continue
      }
      const first = info.state.last_seq + 1
      const last = first + window - 1
      // A server that stores nothing is not given all of them again and again.
      const isTaken = await areAppended(options, first, first)
      if (isTaken && (await areAppended(options, first + 1, last))) {
        await clear(options)
        return { first, last }
      }
    } catch (thrown) {
      if (!(thrown instanceof NatsFault)) throw thrown
    }
    await pause(link)
  }
}

/** A server that stores may still refuse to read and remove, for which another barrier is no help. */
async function clear(options: BarrierOptions): Promise<void> {
  while (options.mayAppend()) {
    try {
      if (await isCleared(options)) return
    } catch (thrown) {
      if (!(thrown instanceof NatsFault)) throw thrown
    }
    await pause(options.link)
  }
  throw new TocsinError('TCN_LOG_TERM_OVER')
}

/** A leader that has just begun may not find by its subject what it has. */
async function isCleared(options: BarrierOptions): Promise<boolean> {
  const { api, stream, subjects, delivered = () => 0 } = options
  const newest = await newestEvent(options)
  const seq = delivered()
  if ((newest?.seq ?? 0) >= seq) return true
  const { subject = subjects.barrier } = (await api.message(stream, { seq })) ?? {}
  return subject === subjects.barrier
}

function pause({ runtime }: NatsLink): Promise<void> {
  return new Promise((resolve) => void runtime.after(PAUSE_MS, resolve))
}

/** Resolves with true once each place has its message, and with false after the first refusal or silence. */
function areAppended(
  { link, subjects, owner, hindered, mayAppend }: BarrierOptions,
  first: number,
  last: number,
): Promise<boolean> {
  if (!mayAppend()) return Promise.resolve(false)
  return new Promise((resolve) => {
    const inbox = link.inbox()
    let next = first
    const end = (isWhole: boolean) => {
      cancel()
      unsubscribe()
      resolve(isWhole)
    }
    const cancel = link.runtime.after(SILENCE_MS, () => end(false))
    const unsubscribe = link.subscribe(inbox, (message) => {
      try {
        // They are answered in the order of their places.
        if (answerOf<{ seq: number }>(message).seq !== next) end(false)
        else if (next++ === last) end(true)
      } catch {
        const error = fullError(message)
        if (error !== undefined) hindered?.(error)
        end(false)
      }
    })
    const body = Buffer.from(owner)
    for (let place = first; place <= last; place++) {
      const header = headerBlock(headerLine('Nats-Expected-Last-Sequence', place - 1))
      link.publish(subjects.barrier, body, inbox, header)
    }
  })
}
