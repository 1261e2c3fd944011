import { existsSync, readFileSync, statSync } from 'node:fs'
import { isAbsolute, join } from 'node:path'
import type { Command } from 'commander'
import type { ConnectOptions } from '../../client/api.js'
import { homeFolder } from '../../config/home.js'
import { messageOf } from '../../errors/thrown.js'
import { TocsinError } from '../../errors/tocsin-error.js'
import { detailsOf, pathOf } from '../help/define.js'
import type { HubOptions } from '../help/options.js'
import type { Io } from '../io.js'
import type { Context } from './context-store.js'

export interface NamedContext extends Context {
  name: string
}

export type HubTarget = Pick<ConnectOptions, 'address' | 'token' | 'tls'>

const MAX_TOKEN_BYTES = 4096

export function contextsFile({ env }: Pick<Io, 'env'>): string {
  const folder = env.XDG_CONFIG_HOME
  return join(
    folder && isAbsolute(folder) ? folder : join(homeFolder(), '.config'),
    'tocsin',
    'contexts.json',
  )
}

/**
 * The context of a command: the one that it names, else the current one, unless the address is given in another
 * way. Throws TCN_CONTEXT_UNKNOWN.
 */
export async function contextInForce(io: Io, options: HubOptions): Promise<NamedContext | undefined> {
  const { context: named, socket, url } = options
  if (named === undefined && (socket ?? url ?? (io.env.TOCSIN_URL || undefined)) !== undefined)
    return undefined
  const file = contextsFile(io)
  // Most users have no contexts; they do not wait for the import.
  if (named === undefined && !existsSync(file)) return undefined
  const { readContexts } = await import('./context-store.js')
  const { current, contexts } = readContexts(file)
  const name = named ?? current
  if (name === undefined) return undefined
  if (!Object.hasOwn(contexts, name)) throw unknownContext(name)
  return { name, ...contexts[name] }
}

export function unknownContext(name: string): TocsinError {
  return new TocsinError('TCN_CONTEXT_UNKNOWN', `there is no context ${JSON.stringify(name.slice(0, 80))}`)
}

/**
 * The address, token and TLS settings to connect with. The client takes the rest from TOCSIN_TOKEN and TOCSIN_CA. But
 * that token is meant for the hub of TOCSIN_URL or of the command line: any other context sends its own, or none.
 */
export async function targetOf(io: Io, options: HubOptions): Promise<HubTarget> {
  const address = options.socket ?? options.url
  const context = await contextInForce(io, options)
  if (context === undefined) return address === undefined ? {} : { address }
  const { url, tokenFile, ca, certificate, key, serverName } = context
  const tls = {
    ...(ca === undefined ? {} : { ca: readBytes(ca) }),
    ...(certificate === undefined ? {} : { certificate: readBytes(certificate) }),
    ...(key === undefined ? {} : { key: readBytes(key) }),
    ...(serverName === undefined ? {} : { serverName }),
  }
  return {
    address: url,
    ...(tokenFile === undefined ? tokenless(io, url) : { token: readToken(io, tokenFile) }),
    ...(Object.keys(tls).length === 0 ? {} : { tls }),
  }
}

function tokenless({ env }: Io, url: string): Pick<HubTarget, 'token'> {
  return env.TOCSIN_URL === url ? {} : { token: '' }
}

/** Runs before a command: shows its context, and refuses what a read-only context does not allow. */
export async function enterContext(io: Io, command: Command): Promise<void> {
  if (!command.options.some(({ long }) => long === '--context')) return
  const context = await contextInForce(io, command.opts<HubOptions>())
  if (context === undefined) return
  const changes = detailsOf(command)?.changes
  if (context.readonly && (typeof changes === 'function' ? changes(command.opts()) : changes)) {
    throw new TocsinError(
      'TCN_CONTEXT_READ_ONLY',
      `the context ${context.name} is read-only: ${pathOf(command)} would change something`,
    )
  }
  if (io.err.isTTY) io.err.write(`${marker(io, context)}\n`)
}

function marker(io: Io, { name, url, readonly, color }: NamedContext): string {
  const colors = io.errColors
  const paint = colors[color ?? (/prod/i.test(name) ? 'red' : 'cyan')]
  return `${paint(colors.bold(`[${name}]`))} ${url}${readonly ? ' (read-only)' : ''}`
}

function readToken(io: Io, file: string): string {
  const token = readBytes(file).toString('utf8').trim()
  if (token === '' || token.length > MAX_TOKEN_BYTES || /\s/.test(token)) {
    throw new TocsinError('TCN_FILE_UNREADABLE', `${file} contains no token`)
  }
  if ((statSync(file).mode & 0o077) !== 0) io.note(`others may read the token in ${file}: chmod 600 it`)
  return token
}

function readBytes(file: string): Buffer {
  try {
    return readFileSync(file)
  } catch (error) {
    throw new TocsinError('TCN_FILE_UNREADABLE', `${file}: ${messageOf(error)}`, { cause: error })
  }
}
