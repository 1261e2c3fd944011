import type { Outcome } from './rule.js'

export interface RuleCounters {
  matched: number
  fired: number
  /** Had acted within `once` already, or its alert was firing. */
  suppressed: number
  /** Was followed by an event that made acting unnecessary. */
  followed: number
  /** Guards against loops and floods have stopped it. */
  stopped: number
  failed: number
  /** Groups that were forgotten because there were too many. */
  evicted: number
  /** Came after events of their group that had happened later, and were left out. */
  late: number
  /** Did not wait for those that had happened before, because too many waited. */
  early: number
}

export function noCounts(): RuleCounters {
  return {
    matched: 0,
    fired: 0,
    suppressed: 0,
    followed: 0,
    stopped: 0,
    failed: 0,
    evicted: 0,
    late: 0,
    early: 0,
  }
}

const COUNTER_OF: Partial<Record<Outcome['is'], keyof RuleCounters>> = {
  fired: 'fired',
  once: 'suppressed',
  ongoing: 'suppressed',
  silenced: 'suppressed',
  followed: 'followed',
  loop: 'stopped',
  rate: 'stopped',
  full: 'stopped',
  failed: 'failed',
  evicted: 'evicted',
  late: 'late',
  early: 'early',
}

/** The counter that counts such outcomes. */
export function counterOf({ is }: Outcome): keyof RuleCounters | undefined {
  return COUNTER_OF[is]
}
