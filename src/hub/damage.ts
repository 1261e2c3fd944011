import { join } from 'node:path'
import type { HubPublisher } from '../bus/api.js'
import type { SeqRange } from '../log/index.js'
import type { BucketName, DamagedRecord } from '../state/index.js'
import { type HubLog, silentLog } from './hub-log.js'

type HubEvent = Parameters<HubPublisher['emit']>[0]

/** Largest number of findings that are named; the rest is counted. */
const MAX_NAMED = 50

/** Damage that the hub has found in its data folder: a text for the operator and an event for each finding. */
export class Damage {
  readonly #texts: string[] = []
  readonly #waiting: HubEvent[] = []
  readonly #log: HubLog
  #unnamed = 0
  #emit: ((event: HubEvent) => void) | undefined

  constructor(log: HubLog = silentLog) {
    this.#log = log
  }

  /** What was found, for people. */
  get texts(): string[] {
    return this.#unnamed === 0
      ? [...this.#texts]
      : [...this.#texts, `${this.#unnamed} more findings like these`]
  }

  add(text: string, event: HubEvent): void {
    if (this.#texts.length === MAX_NAMED) {
      this.#unnamed++
      return
    }
    this.#texts.push(text)
    if (this.#emit === undefined) this.#waiting.push(event)
    else {
      this.#log.write('error', text, { event: event.tag, data: event.data })
      this.#emit(event)
    }
  }

  /** Publishes what was found until now; what is found later is published at once. */
  announce(emit: (event: HubEvent) => void): void {
    this.#emit = emit
    for (const event of this.#waiting.splice(0)) emit(event)
  }
}

export function reportMissing({ from, to }: SeqRange, damage: Damage): void {
  const text = `the newest events of the log are missing: at most @${from} to @${to}. A segment was removed or emptied; restore it from a copy of the data folder, or from a backup`
  damage.add(text, { tag: 'hub/log/damage', data: { from, to, reason: 'a segment was removed or emptied' } })
}

export function reportLostState(data: string, damage: Damage): void {
  const folder = join(data, 'state')
  const text = `${folder} was empty, but the log is not new: durable consumers, tokens, passwords and positions of sources are gone. Stop the hub and restore the folder from a copy, or create them again`
  damage.add(text, { tag: 'hub/state/lost', data: { folder } })
}

/** What the damage of a record means, and what to do about it. */
const consequences: Partial<Record<BucketName, string>> = {
  consumers: 'the consumer cannot be used; delete it and create it again',
  parked: 'the parked event cannot be redelivered',
  principals: 'the token or password is not accepted any more; make a new one',
  sources: 'the source begins without its position',
  producers: 'the counter is taken from the log',
}

export function reportRecord(record: DamagedRecord, damage: Damage): void {
  const { bucket, key, file, reason } = record
  const consequence = consequences[bucket]
  const text = `the record ${bucket}/${key} in ${file} is damaged: ${reason}${consequence ? `; ${consequence}` : ''}`
  damage.add(text, { tag: 'hub/state/damage', data: record })
}
