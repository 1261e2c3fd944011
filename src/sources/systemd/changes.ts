import { formatTime } from '../../event/position.js'
import type { SeverityName } from '../../event/severity.js'
import type { HostUnit, UnitAction } from '../../types/host/units.js'
import type { UnitState } from './unit-states.js'

/** The facts about a unit that are needed to recognise its next change. */
export type KnownUnit = Pick<UnitState, 'state' | 'invocation' | 'restarts'>

const unloaded: KnownUnit = { state: 'inactive', invocation: '', restarts: 0 }
/** States in which a unit stays; the others are on the way to one of them. */
const lasting = new Set(['active', 'inactive', 'failed'])

const severities: Readonly<Record<UnitAction, SeverityName>> = {
  failed: 'err',
  restarted: 'warning',
  started: 'info',
  stopped: 'notice',
}

/** Tells what has happened to a unit since it was known; undefined if it is the same, or on its way. */
export function changeOf(before: KnownUnit = unloaded, unit: UnitState): HostUnit | undefined {
  const action = actionOf(before, unit)
  if (action === undefined) return undefined
  const data: HostUnit = {
    unit: unit.unit,
    action,
    severity: severities[action],
    state: unit.state,
    detail: unit.detail,
    description: unit.description,
  }
  if (unit.result !== 'success') data.result = unit.result
  if (action === 'failed' && unit.code !== undefined) data.code = unit.code
  if (unit.restarts > 0) data.restarts = unit.restarts
  if (unit.since !== undefined) data.time = formatTime(unit.since)
  return data
}

function actionOf(before: KnownUnit, unit: UnitState): UnitAction | undefined {
  const isSameRun = before.invocation === unit.invocation
  if (unit.state === 'failed') return before.state === 'failed' && isSameRun ? undefined : 'failed'
  if (unit.restarts > before.restarts) return 'restarted'
  if (!lasting.has(unit.state)) return undefined
  if (unit.state === 'active') {
    if (before.state !== 'active') return 'started'
    return isSameRun ? undefined : 'restarted'
  }
  return before.state === 'active' ? 'stopped' : undefined
}

/**
 * Returns the facts about the unit afterwards. A unit that is starting or stopping is still in its previous state.
 */
export function knownAfter(
  before: KnownUnit | undefined,
  { state, invocation, restarts }: UnitState,
): KnownUnit {
  return lasting.has(state) ? { state, invocation, restarts } : { ...(before ?? unloaded), restarts }
}

/** A unit that systemd has forgotten, which it does with those that are not active. */
export function goneUnit(unit: string): UnitState {
  const unknown = { description: '', detail: 'dead', result: 'success', code: undefined, since: undefined }
  return { ...unknown, ...unloaded, unit }
}
