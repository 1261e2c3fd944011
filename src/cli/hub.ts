import type { MethodName, ParamsOf, ResultOf } from '../bus/method-types.js'
import type { Client, ConnectionStatus } from '../client/api.js'
import { formatSpan } from './figures.js'
import type { Io } from './io.js'
import type { HubOptions } from './options.js'

/** Connects, hands the client on, and closes it whatever happens. */
export async function withHub<Result>(
  io: Io,
  options: HubOptions,
  use: (client: Client) => Promise<Result>,
): Promise<Result> {
  const { connect } = await import('../client/index.js')
  const client = await connect({
    ...(options.socket === undefined ? {} : { address: options.socket }),
    name: ownName(),
    signal: io.signal,
    onStatus: (status) => noteConnection(io, status),
  })
  try {
    return await use(client)
  } finally {
    await client.close()
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

export function noteConnection(io: Io, status: ConnectionStatus): void {
  const again = status.delay === undefined ? '' : `; next try in ${formatSpan(status.delay * 1000)}`
  if (status.status === 'reconnecting') io.note(`connection lost: ${status.reason}${again} (${status.code})`)
  if (status.status === 'suspended')
    io.note(`the hub takes no events for now: ${status.reason} (${status.code})`)
}

/** What this connection is called in `tocsin who`. */
function ownName(): string {
  const command = process.argv.slice(2).find((word) => /^[a-z]+$/.test(word)) ?? ''
  return `tocsin ${command}[${process.pid}]`
}
