import type { Principal } from '../bus/principal.js'

/** The event about a login that was refused, a change, or a call without the right to it. */
export interface AuditEvent {
  readonly tag: string
  readonly data: Readonly<Record<string, unknown>>
  /** Number of the session that has caused it. */
  readonly usid?: number
}

/** The program that has caused a change, and that can wait. */
export interface AuditCause {
  readonly principal: Principal
  readonly program?: string
}

/** A part of the hub that is told of everything that is audited. */
export interface AuditObserver {
  /** With a cause, the answer to the call that has caused it waits for what is returned. It must not reject. */
  audited(event: AuditEvent, cause?: AuditCause): Promise<void> | undefined
}
