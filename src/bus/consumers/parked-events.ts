import { TocsinError } from '../../errors/tocsin-error.js'
import type { Matcher } from '../../filter/matcher.js'
import type { Principal } from '../principal.js'
import type { ConsumersApi } from './consumers.js'
import { type ParkedRecord, type ParkedRef, parseParkedId } from './parked-store.js'
import { MAX_WANTED } from './redelivery.js'

export interface ParkedEvent {
  ref: ParkedRef
  record: ParkedRecord
  frame: Uint8Array
}

/** Selects parked events by id, or all of one consumer. */
export type Choice = { ids: readonly string[] } | { consumer: string }

/** The parked events that a principal has access to: those it may see, of consumers it may consume. */
export class ParkedEvents {
  readonly #consumers: ConsumersApi
  readonly #principal: Principal
  readonly #rights: Matcher

  constructor(consumers: ConsumersApi, principal: Principal, rights: Matcher) {
    this.#consumers = consumers
    this.#principal = principal
    this.#rights = rights
  }

  async get(id: string): Promise<ParkedEvent> {
    const ref = parseParkedId(id)
    const event = ref && (await this.#at(ref))
    if (event === undefined) throw unknown(id)
    return event
  }

  /**
   * Lists all events, or those of one consumer, after the one with the id `after`. One that is damaged, which the store
   * reports, is left out.
   */
  async *list(consumer?: string, after?: string): AsyncIterable<ParkedEvent> {
    if (consumer !== undefined) this.#consumers.check(this.#principal, consumer)
    const start = after === undefined ? undefined : parseParkedId(after)
    if (after !== undefined && start === undefined) throw unknown(after)
    for await (const { ref } of this.#consumers.parked.list(consumer ?? '', start)) {
      const event = await this.#at(ref).catch(absentIfDamaged)
      if (event !== undefined) yield event
    }
  }

  /** Redelivers events to the consumers they belong to; returns how many were accepted. */
  async redeliver(choice: Choice, epoch: string): Promise<number> {
    if ('consumer' in choice) this.#consumers.get(this.#principal, choice.consumer)
    const refs = new Map<string, ParkedRef[]>()
    for await (const { ref } of this.#chosen(choice)) {
      if (ref.epoch !== epoch) {
        // In this log its seq belongs to another event, so that an acknowledgement would be ambiguous.
        if ('ids' in choice)
          throw unknown(`${ref.epoch}-${ref.seq}`, 'it belongs to another log: publish it anew')
        continue
      }
      const known = refs.get(ref.consumer)
      if (known === undefined) refs.set(ref.consumer, [ref])
      else known.push(ref)
      if ((known?.length ?? 0) >= MAX_WANTED) break
    }
    let count = 0
    for (const [name, some] of refs) count += await this.#consumers.redeliver(this.#principal, name, some)
    return count
  }

  async delete(choice: Choice): Promise<number> {
    let count = 0
    for await (const { ref } of this.#chosen(choice)) if (await this.#consumers.parked.delete(ref)) count++
    return count
  }

  async *#chosen(choice: Choice): AsyncIterable<ParkedEvent> {
    if ('consumer' in choice) yield* this.list(choice.consumer)
    else for (const id of choice.ids) yield await this.get(id)
  }

  async #at(ref: ParkedRef): Promise<ParkedEvent | undefined> {
    if (!this.#consumers.mayConsume(this.#principal, ref.consumer)) return undefined
    const { parked } = this.#consumers
    const record = await parked.get(ref)
    const frame = record && (await parked.frame(ref))
    if (record === undefined || frame === undefined || !this.#rights.matches(frame, 0)) return undefined
    return { ref, record, frame }
  }
}

function absentIfDamaged(thrown: unknown): undefined {
  if (!TocsinError.is(thrown, 'TCN_STATE_CORRUPT')) throw thrown
}

function unknown(id: string, why = 'there is no such parked event'): TocsinError {
  return new TocsinError('TCN_PARKED_UNKNOWN', `${JSON.stringify(id.slice(0, 200))}: ${why}`)
}
