import type { MethodName, ParamsOf, ResultOf } from '../bus/method-types.js'
import type { Client, ConnectionStatus } from '../client/api.js'
import { TocsinError } from '../event/errors.js'
import { targetOf } from './context.js'
import { Deadline } from './deadline.js'
import type { Io } from './io.js'
import type { HubOptions } from './options.js'

export interface HubUse extends HubOptions {
  /** Says nothing of the connection: somebody else does. */
  silent?: boolean
}

/** Connects, hands the client on, and closes it whatever happens. */
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
  const { connect } = await import('../client/index.js')
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

export function call<Name extends MethodName>(
  io: Io,
  client: Client,
  method: Name,
  params: ParamsOf<Name>,
  options: HubOptions = {},
): Promise<ResultOf<Name>> {
  return client.request<ResultOf<Name>>(method, params as Record<string, unknown>, {
    signal: io.signal,
    ...(options.timeout === undefined ? {} : { timeout: options.timeout }),
  })
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

/** Says once that a connection is lost, and once that it is back. */
export class ConnectionNotes {
  readonly #io: Io
  #lost = false

  constructor(io: Io) {
    this.#io = io
  }

  note({ status, reason, code }: ConnectionStatus): void {
    if (status === 'reconnecting' && !this.#lost)
      this.#io.note(`connection lost: ${reason}; trying again (${code})`)
    if (status === 'connected' && this.#lost) this.#io.note('connected again')
    if (status === 'suspended') this.#io.note(`the hub takes no events for now: ${reason} (${code})`)
    if (status === 'reconnecting') this.#lost = true
    if (status === 'connected') this.#lost = false
  }
}

/** What this connection is called in `tocsin who`. */
function ownName(): string {
  const command = process.argv.slice(2).find((word) => /^[a-z]+$/.test(word)) ?? ''
  return `tocsin ${command}[${process.pid}]`
}
