import type { Runtime } from '../../event/runtime.js'
import type { Member } from '../members.js'
import type { GateMessage } from './gate-message.js'

/** A hub to which messages about gates go. */
export type GateHub = Pick<Member, 'id' | 'name' | 'gates'>

/** The parts of the hubs that share the log which gates need. */
export interface GateNet {
  readonly runtime: Runtime
  /** Id of this hub. */
  readonly self: string
  /** Largest message, bytes. */
  readonly maxPayload: number
  /** The other hubs that are alive. */
  others(): GateHub[]
  /** Resolves when this hub knows what all hubs have said of themselves until now, and they will know what it says now. */
  inStep(): Promise<void>
  /** May be lost. */
  send(hub: string, message: GateMessage): void
}

/** Stands for all gates, in the list of a hub whose subscribers wait at more different gates than it can list. */
export const ANY_GATE = '*'

export function hasGate({ gates = [] }: Pick<GateHub, 'gates'>, name: string): boolean {
  return gates.includes(name) || gates.includes(ANY_GATE)
}
