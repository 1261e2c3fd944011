import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { type Client, connect } from '../../../client/index.js'
import { TocsinError } from '../../../errors/tocsin-error.js'
import { type RunningHub, serve } from '../../../hub/serve.js'
import { commandOf } from '../../help/own-command.js'
import { shellWord } from '../../help/shell-word.js'
import type { Io } from '../../io.js'
import { plural } from '../../terminal/figures.js'
import { showLive } from '../serve/show-live.js'
import type { DemoEvent } from './demo-event.js'
import { Fleet, HOST_LABELS } from './fleet.js'
import { demoTypes } from './types.js'

export interface DemoOptions {
  hosts: number
  rate: number
  seed: number
  /** ms */
  duration?: number
  data?: string
  into?: string
  quiet?: boolean
}

const MAX_HOSTS = 100_000
const MAX_RATE = 100_000
const TICK_MS = 50

export async function runDemo(io: Io, options: DemoOptions): Promise<void> {
  if (options.hosts > MAX_HOSTS || options.rate > MAX_RATE) {
    throw new TocsinError('TCN_USAGE', `--hosts and --rate are at most ${MAX_HOSTS}`)
  }
  const over = options.duration === undefined ? [] : [AbortSignal.timeout(options.duration)]
  const signal = AbortSignal.any([io.signal, ...over])
  if (options.into === undefined) await inOwnHub(io, options, signal)
  else await intoHub(io, options.into, options, signal)
}

async function inOwnHub(io: Io, options: DemoOptions, signal: AbortSignal): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'tocsin-demo-'))
  const socket = join(folder, 'tocsin.sock')
  let hub: RunningHub | undefined
  try {
    hub = await startHub(folder, socket, options.data)
    const client = await connect({ address: socket, name: 'the demo' })
    announce(io, options, socket, hub)
    const shown = io.out.isTerminal && !options.quiet ? showLive(io, socket, signal) : undefined
    const count = await publish(client, options, '', signal)
    await shown
    await client.close()
    io.note(`${plural(count, 'event')} published; the hub of the demo stops`)
  } finally {
    await hub?.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Gives the hub a configuration of its own, so that the demo touches nothing that the user's configuration names. */
function startHub(folder: string, socket: string, data = join(folder, 'data')): Promise<RunningHub> {
  const config = join(folder, 'tocsin.yaml')
  const listen = { unix: [{ path: socket }], http: '127.0.0.1:0' }
  writeFileSync(config, JSON.stringify({ listen, hosts: { labels: HOST_LABELS } }))
  return serve({ config, data, sources: false, types: demoTypes })
}

async function intoHub(io: Io, address: string, options: DemoOptions, signal: AbortSignal): Promise<void> {
  const client = await connect({ address, name: 'the demo', signal: io.signal })
  try {
    io.note(`publishing the events of ${plural(options.hosts, 'simulated host')} under demo/`)
    const count = await publish(client, options, 'demo/', signal)
    io.note(`${plural(count, 'event')} published`)
  } finally {
    await client.close()
  }
}

/** Publishes until the signal, and returns how many. When the hub is slow the demo is too. */
async function publish(
  client: Client,
  { seed, hosts, rate }: DemoOptions,
  prefix: string,
  signal: AbortSignal,
): Promise<number> {
  const fleet = new Fleet(seed, hosts)
  let count = 0
  const send = async ({ tag, data }: DemoEvent) => {
    if (!client.push(prefix + tag, data)) await client.ready()
    count++
  }
  // Elsewhere, under another tag, they would describe nothing.
  for (const event of prefix === '' ? fleet.descriptions() : []) {
    if (signal.aborted) break
    await send(event)
  }
  let due = 0
  while (!signal.aborted) {
    for (due += (rate * TICK_MS) / 1000; due >= 1; due--) await send(fleet.next())
    await setTimeout(TICK_MS, undefined, { signal }).catch(() => {})
  }
  await client.drain()
  return count
}

function announce(io: Io, { hosts, rate, seed }: DemoOptions, socket: string, hub: RunningHub): void {
  const command = commandOf(io.env)
  const at = `--socket ${shellWord(socket)}`
  const http = hub.listeners.find(({ face }) => face === 'http')?.address
  const lines = [
    `${plural(hosts, 'simulated host')}, ${plural(rate, 'event')} a second, seed ${seed}. In another terminal:`,
    '',
    `  export TOCSIN_URL=${shellWord(socket)}`,
    `  ${command} top`,
    `  ${command} tail --from -1m 'log/*'`,
    `  ${command} tail --severity error`,
    `  ${command} tail 'deploy/*/*/failed' 'net/*/*/down'`,
    `  ${command} tail 'host/*/systemd/*/failed' snmp/ webhook/`,
    `  ${command} read --from -5m --where 'data.retcode = 2' salt/job/`,
    `  ${command} wait sctp/ --where "data.names.sac_state = 'SCTP_COMM_LOST'"`,
    `  ${command} who`,
    `  ${command} hosts`,
    ...(http === undefined
      ? []
      : ['', ...pageLines(io, hub, http, `${command} token add me --see '*' ${at}`)]),
    '',
    'Ctrl-C ends the demo and removes its hub.',
    '',
  ]
  io.err.write(`${lines.join('\n')}\n`)
}

/** A log must not keep what lets somebody in: only a terminal has the link. */
function pageLines(io: Io, hub: RunningHub, http: string, token: string): string[] {
  const link = io.err.isTTY ? hub.loginLink() : undefined
  if (link === undefined) return [`Its page is ${http}; a token for it: ${token}`]
  const { origin, hash } = new URL(link)
  return [`All hosts at a glance, in a browser: ${origin}/view/fleet${hash} (valid once)`]
}
