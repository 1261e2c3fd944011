import { generateKeyPairSync } from 'node:crypto'
import { makeCertificate } from '../../src/faces/shared/make-certificate.js'
import type { Child } from '../harness/child.js'
import { seconds, until } from '../harness/clock.js'
import { memoryEach } from '../harness/idle.js'
import { cpuMicros } from '../harness/process-facts.js'
import type { Benchmark } from '../harness/row.js'
import type { Received } from '../roles/bridge-peers.js'

const CLIENTS = 4000
const CLIENTS_QUICK = 1000
/** To each client, without a stalled one and with one: less than may wait for a peer. */
const MESSAGES = 50
const MESSAGE = 4096
const PATIENCE = 120

export const bridgePeers: Benchmark = {
  rows: [
    {
      name: 'bridge-peers',
      what: `anonymous memory of a SysAdm bridge for each of ${CLIENTS.toLocaleString('en')} clients that share a key with one server; each gets all that the server sends, also while one reads nothing`,
      unit: 'KB',
      judge: 'value-at-most',
      must: 80,
      aim: 50,
    },
  ],
  async run(bench) {
    const { certificate: cert, key } = await makeCertificate(['localhost'], 1)
    const pair = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const user = pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
    const keys = [pair.publicKey.export({ type: 'spki', format: 'pem' }).toString()]
    const limits = { connectionsOfAddress: 10_000 }
    const bridge = await bench.child('sysadm-bridge', { cert, key, keys, limits })
    const port = Number(new URL(await bridge.call<string>('url')).port)
    const server = await bench.child('bridge-peers', { port, type: 'server', key: user })
    const clients = await bench.child('bridge-peers', { port, type: 'client', key: user })
    await server.call('add', 1)
    const each = await memoryEach(bridge.pid, clients, bench.quick ? CLIENTS_QUICK : CLIENTS)
    const count = await clients.call<number>('open')
    await until(
      'the server reaches all clients',
      async () => (await server.call('reach')) === count,
      PATIENCE,
    )

    const relays = { bridge, server, clients }
    const all = await relay(relays, { least: MESSAGES, most: MESSAGES, behind: 0 })
    await clients.call('stall')
    const others = await relay(relays, { most: 2 * MESSAGES, behind: 1 })
    await clients.call('read')
    await received(clients, { least: 2 * MESSAGES, most: 2 * MESSAGES })
    if ((await clients.call('open')) !== count) throw new Error('a client has been disconnected')
    const notes = [
      ...(each.notes ?? []),
      `${MESSAGES} messages of ${MESSAGE} bytes to each of ${count} clients: ${all}`,
      `to the others while one reads nothing: ${others}; then it gets all of its own`,
    ]
    return { 'bridge-peers': { ...each, notes } }
  },
}

/** Lets the server send to all clients. Returns how long that took until the clients have what is expected. */
async function relay(
  { bridge, server, clients }: { bridge: Child; server: Child; clients: Child },
  expected: Partial<Received>,
): Promise<string> {
  const before = { at: seconds(), cpu: cpuMicros(bridge.pid) }
  await server.call('send', MESSAGES, MESSAGE)
  await received(clients, expected)
  const cpu = (cpuMicros(bridge.pid) - before.cpu) / 1e6
  return `${(seconds() - before.at).toFixed(1)} s, ${cpu.toFixed(1)} s of processor time`
}

async function received(clients: Child, expected: Partial<Received>): Promise<void> {
  let now: Received | undefined
  const isThere = async (): Promise<boolean> => {
    now = await clients.call<Received>('received')
    return Object.entries(expected).every(([name, value]) => now?.[name as keyof Received] === value)
  }
  await until(`clients have received ${JSON.stringify(expected)}`, isThere, PATIENCE)
}
