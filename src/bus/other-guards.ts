import type { GateOutcome } from './api.js'

/** The program that has caused an event, which must not wait for itself. */
export interface GateCause {
  principal: string
  program: string
}

/** An event that waits at a gate, as other hubs with the same log must know it to ask their own subscribers. */
export interface GateQuestion {
  name: string
  seq: number
  /** ms */
  deadline: number
  /** The publisher receives the labels of subscribers; otherwise their principals. */
  labels: boolean
  cause: GateCause | undefined
}

/** Receives the answers while other hubs ask their subscribers. */
export interface GateReport {
  answered(subscriber: string, answer: unknown, hub: string): void
  missed(missing: GateOutcome['missing'][number]): void
  /** Nothing more will come. Never called before `ask` has returned. */
  over(): void
}

export interface Asking {
  /** The deadline is over: those that have not answered are named soon. */
  expire(): void
  /** Nobody waits any more. Nothing is reported after this. */
  close(): void
}

/** The subscribers of gates at other hubs that share the log of this one. */
export interface OtherGuards {
  /** Resolves when each hub that opens a gate from now on asks this one, if it has subscribers of that gate. */
  registered(): Promise<void>
  /** Resolves with true if another hub has subscribers of the gate. */
  isAwaited(name: string): Promise<boolean>
  ask(question: GateQuestion, report: GateReport): Asking
}
