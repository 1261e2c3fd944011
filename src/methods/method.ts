import type { z } from 'zod'
import type { Principal } from '../bus/principal.js'

/**
 * A management operation, `area.verb`. The same table serves `request` of the native protocol and
 * `POST /v1/<method>`; who may call it is said here and checked in one place.
 */
export interface Method<Params = unknown, Result = unknown> {
  readonly name: string
  readonly summary: string
  /** All but `admin`: open to all, the method itself does only what the principal may see, consume or publish. */
  readonly right: 'admin' | 'see' | 'consume' | 'publish'
  /** Only for who is on this machine: it came in by a unix socket. */
  readonly local?: boolean
  readonly params: z.ZodType<Params>
  run(call: Call, params: Params): Promise<Result>
}

export interface Call {
  readonly principal: Principal
  readonly signal: AbortSignal
  /** It came in by a unix socket. */
  readonly local?: boolean
  /** Sends a part of a long answer ahead of the result. Resolves when there is room for more. */
  part(part: unknown): Promise<void>
}

export type MethodTable = ReadonlyMap<string, Method>

/** Keeps the parameter types of one method while the table forgets them. */
export function method<Params, Result>(definition: Method<Params, Result>): Method {
  return definition as unknown as Method
}
