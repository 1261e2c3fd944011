import { decode, encode } from '../event/index.js'
import type { Bucket } from '../state/state-store.js'
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
 * Keeps the position of all rules and what each remembers. There are no transactions over several keys: a rule says
 * itself up to which event it is, and the position, which is written last, is never after that of a rule that has changed.
 */
export class RuleStore {
  readonly #bucket: Bucket

  constructor(bucket: Bucket) {
    this.#bucket = bucket
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
    await this.#bucket.put(definition.name, encode({ ...kept, leftOut }))
  }

  async save(
    position: RulePosition | undefined,
    rules: readonly (readonly [name: string, Uint8Array])[],
  ): Promise<void> {
    for (const [name, value] of rules) await this.#bucket.put(name, value)
    if (position !== undefined) await this.#bucket.put(POSITION, encode(position))
  }

  /** Forgets all rules but these, and without any the position too. */
  async keepOnly(names: ReadonlySet<string>): Promise<void> {
    const gone: string[] = []
    for await (const { key } of this.#bucket.list()) {
      if (key === POSITION ? names.size === 0 : !names.has(key)) gone.push(key)
    }
    for (const key of gone) await this.#bucket.delete(key)
  }

  /** What is damaged counts as absent; the state store has reported it. */
  async #read(key: string): Promise<unknown> {
    try {
      const entry = await this.#bucket.get(key)
      return entry && decode(entry.value)
    } catch (thrown) {
      if (this.#bucket.damaged.has(key)) return undefined
      throw thrown
    }
  }
}

export function settingsOf(definition: RuleDefinition): string {
  return JSON.stringify(definition)
}
