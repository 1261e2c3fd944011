import type { HubPublisher } from '../../bus/api.js'
import { dataOption } from '../../config/paths.js'
import type { DamagedRange, EventLog } from '../../log/index.js'
import type { BucketName, DamagedRecord, RestoredEntries, SalvagedState } from '../../state/index.js'
import { type HubLog, silentLog } from '../own-log/hub-log.js'

type HubEvent = Parameters<HubPublisher['emit']>[0]

/** Largest number of findings that are named; the rest is counted. */
const MAX_NAMED = 50

/**
 * Damage that the hub has found in its data folder: a text for the operator and an event for each finding. Events may
 * be read by anybody who may see them, so they do not tell where the data folder is.
 */
export class Damage {
  readonly #folder: string
  readonly #texts: string[] = []
  readonly #waiting: HubEvent[] = []
  readonly #log: HubLog
  #unnamed = 0
  #emit: ((event: HubEvent) => void) | undefined

  constructor(folder: string, log: HubLog = silentLog) {
    this.#folder = folder
    this.#log = log
  }

  /** The findings, for people. */
  get texts(): string[] {
    return this.#unnamed === 0
      ? [...this.#texts]
      : [...this.#texts, `${this.#unnamed} more findings like these`]
  }

  /** The command that shows what can be saved, while the hub does not run. */
  get repair(): string {
    return `\`tocsin log repair${dataOption(this.#folder)}\``
  }

  add(text: string, tag: string, data: object): void {
    if (this.#texts.length === MAX_NAMED) {
      this.#unnamed++
      return
    }
    this.#texts.push(text)
    const event = { tag, data: this.#withoutFolder(data) }
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

  #withoutFolder(data: object): object {
    const short = Object.entries(data).map(([name, value]) => {
      return [name, typeof value === 'string' ? value.replaceAll(`${this.#folder}/`, '') : value]
    })
    return Object.fromEntries(short)
  }
}

/** Reports what was found damaged when the log was opened, and what reads meet from now on. */
export function reportLog(log: EventLog, damage: Damage): void {
  for (const reason of log.findings ?? []) {
    const text = `the log was damaged: ${reason}. Run \`tocsin log verify\` to see what is missing`
    damage.add(text, 'hub/log/damage', { reason })
  }
  log.onDamage?.((range) => reportRange(range, damage))
}

function reportRange({ from, to, reason }: DamagedRange, damage: Damage): void {
  const text = `events of the log are lost or cannot be read: at most @${from} to @${to}: ${reason}. Stop the hub and run ${damage.repair}, or restore them from a backup`
  damage.add(text, 'hub/log/damage', { from, to, reason })
}

const ANEW =
  'make new ones with `tocsin token add` and `tocsin token password`, and consumers with `tocsin consumers create`'

const KEPT = 'durable consumers, tokens, passwords and positions of sources'

/** The state store is new, and the log is not. `buckets`: those of the hubs that share it; `tocsin log copy` makes none. */
export function reportLostState(folder: string, buckets: string | undefined, damage: Damage): void {
  const text =
    buckets === undefined
      ? `${folder} was empty, but the log is not new: ${KEPT} are gone, and there is no copy of them. Stop the hub and restore the folder from a backup, or ${ANEW}`
      : `NATS has no ${KEPT} in ${buckets}, but the log is not new. If it was copied, ${ANEW}; otherwise restore these streams from a backup of NATS`
  damage.add(text, 'hub/state/lost', { folder: buckets ?? folder })
}

/** Reports entries that were missing or damaged in the state store and were found in its copy. */
export function reportRestored(folder: string, restored: RestoredEntries, damage: Damage): void {
  const text = `${folder} was empty or damaged: ${listOf(restored)}. Parked events, and changes of the last seconds before, may be missing`
  damage.add(text, 'hub/state/restored', { folder, restored })
}

function listOf(restored: RestoredEntries): string {
  const entries = Object.entries(restored).map(
    ([bucket, count]) => `${count} of ${contents[bucket as BucketName]}`,
  )
  return entries.length === 0 ? 'nothing was found in its copy' : `taken from its copy: ${entries.join(', ')}`
}

export function reportSalvage(salvage: SalvagedState, damage: Damage): void {
  const { reason, aside, kept, damaged, restored } = salvage
  const named = damaged.map((bucket) => contents[bucket as BucketName] ?? bucket)
  const missing =
    named.length === 0
      ? 'nothing is missing'
      : `records were damaged of: ${named.join(', ')}; ${listOf(restored)}. For what is still missing, ${ANEW}`
  const text = `the state store was damaged: ${reason}. It was put aside as ${aside}; ${kept} records are kept, ${missing}`
  damage.add(text, 'hub/state/damage', { reason, file: aside, kept, damaged, restored })
}

const contents: Partial<Record<BucketName, string>> = {
  consumers: 'durable consumers',
  parked: 'parked events',
  principals: 'tokens and passwords',
  sources: 'positions of sources',
  producers: 'counters of publishers, which are taken from the log',
}

/** The consequence of a damaged record, and advice. */
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
  damage.add(text, 'hub/state/damage', record)
}
