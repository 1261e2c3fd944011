import { decode, encode } from '../event/index.js'
import type { Runtime } from '../event/runtime.js'
import type { Bucket } from '../state/state-store.js'
import { DividedRecords } from './divided-records.js'
import type { RuleDefinition } from './rule.js'
import type { RuleSnapshot } from './rule-run.js'

/** No name of a rule begins so. */
const POSITION = '@position'

/** What is kept of a rule. */
export interface KeptRule {
  /** Its settings, as text; a rule with others begins anew. */
  settings: string
  epoch: string
  /** The event up to which it is. */
  seq: number
  /** The event after which it began, so that a rule that begins anew numbers its events apart. */
  began: number
  snapshot: RuleSnapshot
  /** Events at which it has failed too often, and which it never takes; the oldest are forgotten. */
  leftOut?: readonly number[]
}

const MOST_LEFT_OUT = 64

export interface RulePosition {
  epoch: string
  seq: number
}

/**
 * Keeps the position of all rules and what each remembers. There are no transactions over several rules: a rule says
 * itself up to which event it is, and the position, which is written last, is never after that of a rule that has changed.
 */
export class RuleStore {
  readonly #records: DividedRecords

  constructor(bucket: Bucket, runtime: Pick<Runtime, 'random'>) {
    this.#records = new DividedRecords(bucket, runtime)
  }

  /** The event after which all rules go on; undefined if none ran before. */
  async position(): Promise<RulePosition | undefined> {
    return (await this.#read(POSITION)) as RulePosition | undefined
  }

  /** What is kept of the rule, if its settings are the same. */
  async rule(definition: RuleDefinition): Promise<KeptRule | undefined> {
    const kept = (await this.#read(definition.name)) as KeptRule | undefined
    return kept?.settings === settingsOf(definition) ? kept : undefined
  }

  /** Keeps that the rule never takes this event. */
  async leaveOut(definition: RuleDefinition, seq: number): Promise<void> {
    const kept = await this.rule(definition)
    if (kept === undefined) return
    const leftOut = [...(kept.leftOut ?? []), seq].slice(-MOST_LEFT_OUT)
    await this.#records.write(definition.name, encode({ ...kept, leftOut }))
  }

  async save(
    position: RulePosition | undefined,
    rules: readonly (readonly [name: string, Uint8Array])[],
  ): Promise<void> {
    for (const [name, record] of rules) await this.#records.write(name, record)
    if (position !== undefined) await this.#records.write(POSITION, encode(position))
  }

  /** Forgets all rules but these, and without any the position too. */
  keepOnly(names: ReadonlySet<string>): Promise<void> {
    return this.#records.keepOnly(names.size === 0 ? names : new Set([...names, POSITION]))
  }

  async #read(key: string): Promise<unknown> {
    const record = await this.#records.read(key)
    return record && decode(record)
  }
}

export function settingsOf(definition: RuleDefinition): string {
  return JSON.stringify(definition)
}
