import type { Client, ConnectionStatus } from '../../client/api.js'
import { TocsinError } from '../../errors/tocsin-error.js'
import type { MethodName, ParamsOf, ResultOf } from '../../methods/contract/index.js'
import type { HubOptions } from '../help/options.js'
import type { Io } from '../io.js'
import { noteAnswer } from './answers.js'
import { targetOf } from './context.js'

export interface HubUse extends HubOptions {
  /** Does not report changes of the connection, because the caller does. */
  silent?: boolean
}

/** Connects, calls `use` with the client, and closes it in any case. */
export async function withHub<Result>(
  io: Io,
  options: HubUse,
  use: (client: Client) => Promise<Result>,
): Promise<Result> {
  const client = await connectInTime(io, options)
  try {
    return await use(client)
  } finally {
    await client.close()
  }
}

async function connectInTime(io: Io, { timeout, silent, ...where }: HubUse): Promise<Client> {
  const { connect } = await import('../../client/index.js')
  const notes = new ConnectionNotes(io)
  const deadline = new Deadline(io.signal, timeout)
  try {
    return await connect({
      ...(await targetOf(io, where)),
      name: ownName(),
      signal: deadline.signal,
      ...(silent ? {} : { onStatus: (status) => notes.note(status) }),
    })
  } catch (error) {
    throw deadline.passed ? new TocsinError('TCN_CLIENT_TIMEOUT', 'the hub did not answer in time') : error
  } finally {
    deadline.clear()
  }
}

export async function call<Name extends MethodName>(
  io: Io,
  client: Client,
  method: Name,
  params: ParamsOf<Name>,
  options: HubOptions = {},
): Promise<ResultOf<Name>> {
  const answer = await client.request(method, params, {
    signal: io.signal,
    traceparent: io.env.TRACEPARENT,
    ...(options.timeout === undefined ? {} : { timeout: options.timeout }),
  })
  noteAnswer(method, answer)
  return answer
}

/** One request on a connection of its own. */
export function ask<Name extends MethodName>(
  io: Io,
  options: HubOptions,
  method: Name,
  params: ParamsOf<Name>,
): Promise<ResultOf<Name>> {
  return withHub(io, options, (client) => call(io, client, method, params, options))
}

/** While the hub cannot store events, each attempt to publish ends in the same way. It is said again after this time, ms. */
const SAY_SUSPENDED_AGAIN = 60_000

/** Reports once that a connection is lost, and once that it is back, and now and then that the hub stores no events. */
export class ConnectionNotes {
  readonly #io: Io
  #lost = false
  #suspended: { reason: string; at: number } | undefined

  constructor(io: Io) {
    this.#io = io
  }

  note({ status, reason, code }: ConnectionStatus): void {
    if (code === 'TCN_BUS_SUSPENDED') this.#noteSuspended(reason)
    else this.#noteConnection(status, reason, code)
  }

  #noteConnection(status: ConnectionStatus['status'], reason: string, code: string): void {
    if (status === 'reconnecting' && !this.#lost)
      this.#io.note(`connection lost: ${reason}; trying again (${code})`)
    if (status === 'connected' && this.#lost) this.#io.note('connected again')
    if (status === 'reconnecting') this.#lost = true
    if (status === 'connected') this.#lost = false
  }

  #noteSuspended(reason: string): void {
    const at = performance.now()
    const said = this.#suspended
    if (said?.reason === reason && at - said.at < SAY_SUSPENDED_AGAIN) return
    this.#suspended = { reason, at }
    this.#io.note(`the hub does not accept events for now: ${reason}; trying again (TCN_BUS_SUSPENDED)`)
  }
}

/** The name of this connection in `tocsin who`. */
export function ownName(): string {
  const command = process.argv.slice(2).find((word) => /^[a-z]+$/.test(word)) ?? ''
  return `tocsin ${command}[${process.pid}]`
}

/** The signal of the command, combined with a time limit. */
export class Deadline {
  readonly signal: AbortSignal
  passed = false
  readonly #timer: NodeJS.Timeout | undefined

  constructor(signal: AbortSignal, ms: number | undefined) {
    if (ms === undefined) {
      this.signal = signal
      return
    }
    const timeout = new AbortController()
    this.signal = AbortSignal.any([signal, timeout.signal])
    this.#timer = setTimeout(() => {
      this.passed = true
      timeout.abort()
    }, ms)
  }

  clear(): void {
    clearTimeout(this.#timer)
  }
}
