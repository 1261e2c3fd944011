import { resolve } from 'node:path'
import { parseUrlAddress, splitAddresses } from '../../../client/transport/address.js'
import { socketPath } from '../../../client/transport/socket-path.js'
import { homeFolder } from '../../../config/home.js'
import { TocsinError } from '../../../errors/tocsin-error.js'
import type { YesOptions } from '../../help/options.js'
import { callable } from '../../help/own-command.js'
import { withHub } from '../../hub/connect.js'
import { contextInForce, contextsFile, unknownContext } from '../../hub/context.js'
import {
  type Context,
  type Contexts,
  contextName,
  readContexts,
  writeContexts,
} from '../../hub/context-store.js'
import type { Io } from '../../io.js'
import { report } from '../../output/report.js'
import { confirm } from '../../terminal/prompts.js'
import { type Column, factLines, tableLines } from '../../terminal/table.js'

export interface AddOptions {
  url: string
  tokenFile?: string
  ca?: string
  certificate?: string
  key?: string
  serverName?: string
  readonly?: boolean
  /** Colour of the marker. */
  marker?: string
  /** When to use colours; not of the context. */
  color?: string
  force?: boolean
}

const TEST_MS = 10_000

export function addContext(io: Io, name: string, { force, marker, color: _, ...given }: AddOptions): void {
  const checked = contextName.safeParse(name)
  if (!checked.success) throw new TocsinError('TCN_USAGE', checked.error.issues[0].message)
  const all = readContexts(contextsFile(io))
  if (Object.hasOwn(all.contexts, name) && !force) {
    throw new TocsinError('TCN_USAGE', `the context ${name} already exists; --force replaces it`)
  }
  const { tokenFile, ca, certificate, key } = given
  const context = {
    ...given,
    ...(marker === undefined ? {} : { color: marker }),
    url: absoluteUrl(given.url),
    ...absolute({ tokenFile, ca, certificate, key }),
  } as Context
  writeContexts(contextsFile(io), { ...all, contexts: { ...all.contexts, [name]: context } })
  io.note(`context ${name} is saved; tocsin context use ${name} makes it the current one`)
}

export function useContext(io: Io, given: string): void {
  const all = readContexts(contextsFile(io))
  const name = given === '-' ? all.previous : given
  if (name === undefined) throw new TocsinError('TCN_CONTEXT_UNKNOWN', 'there is no previous context')
  known(all, name)
  const previous = name === all.current ? all.previous : all.current
  writeContexts(contextsFile(io), { ...all, current: name, previous })
  io.note(`context ${name}: ${all.contexts[name].url}`)
  if (io.env.TOCSIN_URL) io.note('TOCSIN_URL is set and takes precedence')
}

export async function removeContext(io: Io, name: string, options: YesOptions): Promise<void> {
  const all = readContexts(contextsFile(io))
  known(all, name)
  const isCurrent = name === all.current ? ', which is the current one' : ''
  await confirm(io, options, () => `this removes the context ${name}${isCurrent}: ${all.contexts[name].url}`)
  const { [name]: _, ...contexts } = all.contexts
  const still = (other: string | undefined) => (other === name ? undefined : other)
  writeContexts(contextsFile(io), { current: still(all.current), previous: still(all.previous), contexts })
}

interface Row extends Context {
  name: string
  current: boolean
}

export async function listContexts(io: Io, { format }: { format?: string }): Promise<void> {
  const { current, contexts } = readContexts(contextsFile(io))
  const rows = Object.entries(contexts).map(
    ([name, context]): Row => ({ name, current: name === current, ...context }),
  )
  await report(io, format, rows, () =>
    rows.length === 0
      ? [callable('there are no contexts; make one with `tocsin context add <name> --url <address>`', io.env)]
      : tableLines(columns, rows, io.out.columns),
  )
}

const columns: readonly Column<Row>[] = [
  { title: '', text: (row) => (row.current ? '*' : '') },
  { title: 'NAME', text: (row) => row.name },
  { title: 'URL', text: (row) => row.url, flexible: true },
  { title: 'TOKEN', text: (row) => row.tokenFile ?? '', flexible: true },
  { title: 'MODE', text: (row) => (row.readonly ? 'read-only' : '') },
]

/** Rejects like every command if there is no hub, or if it refuses. */
export async function testContext(
  io: Io,
  name: string | undefined,
  { format, timeout = TEST_MS }: { format?: string; timeout?: number },
): Promise<void> {
  const options = { ...(name === undefined ? {} : { context: name }), timeout }
  const context = await contextInForce(io, options)
  const started = performance.now()
  const { welcome, took } = await withHub(io, options, async (client) => ({
    welcome: client.welcome,
    took: performance.now() - started,
  }))
  const facts = {
    context: context?.name,
    url: context?.url,
    hub: welcome.hub,
    principal: welcome.principal,
    source: welcome.source,
    durable: welcome.durable,
    ms: Math.round(took * 10) / 10,
  }
  await report(io, format, [facts], () =>
    factLines(
      [
        ['context', facts.context ?? 'none: the usual address'],
        ['address', facts.url],
        ['hub', `${facts.hub.name}, tocsin ${facts.hub.version}`],
        ['principal', `${facts.principal}, publishes as ${facts.source}`],
        ['answered in', `${facts.ms} ms`],
      ],
      io.out.columns,
    ),
  )
}

function known({ contexts }: Contexts, name: string): void {
  if (!Object.hasOwn(contexts, name)) throw unknownContext(name)
}

/** Throws TCN_CLIENT_ADDRESS. The address must be absolute, because commands run in any folder. */
function absoluteUrl(given: string): string {
  return splitAddresses(given)
    .map((each) => (parseUrlAddress(each) ? each : `unix:${absolutePath(socketPath(each))}`))
    .join(',')
}

function absolute(files: Record<string, string | undefined>): Record<string, string> {
  const given = Object.entries(files).filter((entry): entry is [string, string] => entry[1] !== undefined)
  return Object.fromEntries(given.map(([name, file]) => [name, absolutePath(file)]))
}

function absolutePath(file: string): string {
  return file.startsWith('~/') ? resolve(homeFolder(), file.slice(2)) : resolve(file)
}
