import { encode } from '../event/index.js'
import { asFields } from '../event/json/object.js'
import type { Runtime } from '../event/runtime.js'
import type { Bucket } from '../state/state-store.js'
import type { AlertSnapshot } from './alerts/alert-record.js'
import { DividedRecords } from './divided-records.js'
import type { RuleDefinition } from './rule.js'
import { decodeKeptRule, decodePosition, type KeptRule, type RulePosition } from './rule-record.js'

/** No name of a rule begins so. */
const POSITION = '@position'

const MOST_LEFT_OUT = 64

/** The record of a rule, in parts. */
export type StoredRule = readonly [name: string, record: readonly Uint8Array[]]

/**
 * Keeps the position of all rules and what each remembers. There are no transactions over several rules: a rule says
 * itself up to which event it is, and the position, which is written last, is never after that of a rule that has changed.
 */
export class RuleStore {
  readonly #records: DividedRecords

  constructor(bucket: Bucket, runtime: Pick<Runtime, 'random'>) {
    this.#records = new DividedRecords(bucket, runtime)
  }

  /** The event after which all rules continue; undefined if none ran before. */
  async position(): Promise<RulePosition | undefined> {
    return this.#read(POSITION, decodePosition)
  }

  /** Returns the state that is kept of the rule, if its settings are the same. */
  async rule(definition: RuleDefinition): Promise<KeptRule | undefined> {
    const kept = await this.#read(definition.name, decodeKeptRule)
    return kept?.settings === settingsOf(definition) ? kept : undefined
  }

  /** The alerts of a rule that had other settings but the same groups. */
  async earlierAlerts(definition: RuleDefinition): Promise<readonly AlertSnapshot[]> {
    const kept = await this.#read(definition.name, decodeKeptRule)
    return kept !== undefined && continuesAlerts(definition, kept) ? (kept.snapshot.alerts ?? []) : []
  }

  /** The records of all rules, among them those that are no longer configured. */
  async *rules(): AsyncGenerator<[name: string, KeptRule]> {
    for await (const name of this.#records.keys()) {
      const kept = name === POSITION ? undefined : await this.#read(name, decodeKeptRule)
      if (kept !== undefined) yield [name, kept]
    }
  }

  /** Keeps that the rule never takes this event. */
  async leaveOut(definition: RuleDefinition, seq: number): Promise<void> {
    const kept = await this.rule(definition)
    if (kept === undefined) return
    const leftOut = [...(kept.leftOut ?? []), seq].slice(-MOST_LEFT_OUT)
    await this.#records.write(definition.name, [encode({ ...kept, leftOut })])
  }

  async save(position: RulePosition | undefined, rules: readonly StoredRule[]): Promise<void> {
    for (const [name, record] of rules) await this.#records.write(name, record)
    if (position !== undefined) await this.#records.write(POSITION, [encode(position)])
  }

  /** Forgets all rules but these, and without any the position too. */
  keepOnly(names: ReadonlySet<string>): Promise<void> {
    return this.#records.keepOnly(names.size === 0 ? names : new Set([...names, POSITION]))
  }

  /** A record that makes no sense counts as absent, and is reported. */
  async #read<Kept>(key: string, decode: (record: Uint8Array) => Kept): Promise<Kept | undefined> {
    const record = await this.#records.read(key)
    try {
      return record && decode(record)
    } catch (thrown) {
      this.#records.reportDamage(key, thrown)
      return undefined
    }
  }
}

export function settingsOf(definition: RuleDefinition): string {
  return JSON.stringify(definition)
}

/** The settings of a record; none if they make no sense. */
export function settingsIn(text: string): Readonly<Record<string, unknown>> {
  try {
    return asFields(JSON.parse(text))
  } catch {
    return {}
  }
}

/** Returns whether the rule continues with the alerts of the record, whose groups are the same then. */
export function continuesAlerts(definition: RuleDefinition, { settings }: KeptRule): boolean {
  const { alert, by, correlation } = definition
  if (alert === undefined || alert.resolve === 'never') return false
  const earlier = settingsIn(settings)
  return groupingText(earlier.by, earlier.correlation) === groupingText(by, correlation)
}

/** The fields that name the groups, as text: each list once, however many conditions have it. */
function groupingText(by: unknown, correlation: unknown): string {
  const { conditions } = asFields(correlation)
  const lists = Array.isArray(conditions) ? conditions.map((each) => asFields(each).by) : [by]
  return [...new Set(lists.map((each) => JSON.stringify(each)))].sort().join()
}
