import type { OfHub } from './params.js'

/** Rules, which decide what events lead to. */
export interface RuleMethods {
  'rules.list': { params: OfHub; result: { rules: RuleInfo[] } }
  'rules.show': { params: { name: string }; result: RuleDetails }
}

export interface RuleInfo {
  name: string
  /** `waits`: another hub of the cluster runs the rules. `down`: the log or the state cannot be used. */
  state: 'starting' | 'up' | 'waits' | 'down' | 'stopped'
  reason?: string
  matched: number
  fired: number
  /** Had acted within `onceWithin` already. */
  suppressed: number
  /** Was followed by an event that made acting unnecessary. */
  followed: number
  /** Guards against loops and floods have stopped it. */
  stopped: number
  failed: number
  /** Groups that were forgotten because there were too many. */
  evicted: number
  /** Groups that are remembered, and matches that wait for an event. */
  groups: number
  waiting: number
  lastMatch?: number
  lastFired?: number
  /** The last time since the hub started, or the configuration changed, that it was stopped or failed, and why. */
  lastFault?: number
  fault?: string
}

export interface RuleDetails extends RuleInfo {
  /** Its settings as JSON: filters in their canonical form, durations in ms. */
  settings: Record<string, unknown>
}
