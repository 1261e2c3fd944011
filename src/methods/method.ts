import type { z } from 'zod'
import type { Principal, Right } from '../bus/principal.js'
import type { TocsinError } from '../errors/tocsin-error.js'
import type { TraceContext } from '../event/trace-context.js'

/**
 * A management operation, `area.verb`. The same table serves `request` of the native protocol and
 * `POST /v1/<method>`; the right that it needs is declared here and checked in one place.
 */
export interface Method<Params = unknown, Result = unknown> {
  readonly name: string
  readonly summary: string
  /** Further sentences about it. */
  readonly notes?: string
  /** The right that it takes, or several of which one is enough. It covers only what that right extends to. */
  readonly right: Right | readonly Right[]
  /** Only for callers on this machine, which connect through a unix socket. */
  readonly local?: boolean
  /**
   * True if its calls are reported as progress to everybody who reads that; others only to those who ask for more.
   */
  readonly isLong?: boolean
  /** True if other hubs of the cluster may ask for it, with the rights that the caller has at this one. */
  readonly isForHubs?: boolean
  readonly params: z.ZodType<Params>
  /** Describes the result. It is not checked with this. */
  readonly result: z.ZodType<Result>
  /** Describes what it sends ahead of the result, if it does. */
  readonly part?: z.ZodType
  /**
   * Returns the changes by the call, for the audit; undefined if there are none. Without a result, these are the
   * changes that it would have made.
   */
  changes?(params: Params, result?: NoInfer<Result>): Record<string, unknown> | undefined
  run(call: Call, params: Params): Promise<NoInfer<Result>>
}

export interface Call {
  readonly principal: Principal
  readonly signal: AbortSignal
  /** Name of the face that it came through. */
  readonly face?: string
  /** Address of the caller, unless it is on this machine. */
  readonly address?: string
  /** True if it came through a unix socket. */
  readonly local?: boolean
  /** Number of the session that it belongs to. */
  readonly usid?: number
  /** The name of the program that made it. */
  readonly program?: string
  /** The connection that it came through, for what ends with it; absent if each call stands alone. */
  readonly connection?: { readonly closed: AbortSignal }
  /** Waits for others, while further calls of the same principal may run; default: just waits. */
  aside?<Result>(wait: Promise<Result>): Promise<Result>
  /** The question to edge hubs that the call is a part of, which other hubs have begun. */
  readonly question?: string
  /** The work that the call is a part of; while it runs, the call itself if that is reported. */
  readonly trace?: TraceContext
  /** Sends a part of a long answer ahead of the result. Resolves when there is room for more. */
  part(part: unknown): Promise<void>
}

/** The outcome of a call, for the audit. */
export interface CallOutcome {
  readonly name: string
  readonly principal: Principal
  readonly address?: string
  readonly usid?: number
  readonly program?: string
  readonly error?: TocsinError
  readonly changed?: Record<string, unknown>
}

export type MethodTable = ReadonlyMap<string, Method>

export function methodTable(methods: readonly Method[]): MethodTable {
  return new Map(methods.map((each) => [each.name, each]))
}

/** Keeps the parameter types of one method while the table forgets them. */
export function method<Params, Result>(definition: Method<Params, Result>): Method {
  return definition as Method
}
