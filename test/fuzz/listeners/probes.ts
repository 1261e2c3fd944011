import { type Client, connect } from '../../../src/client/index.js'
import { relpFrame } from '../../../src/sources/syslog/relp/framer.js'
import { initiation, peerDown, peerUp } from '../../sources/bmp/messages.js'
import type { Random } from '../mutations.js'
import { HOOK_TOKEN, type Places } from './fuzzed-hub.js'
import type { Listener } from './listeners.js'
import { netconfHello, rpc } from './netconf-talk.js'
import { ber, http, jsonFrame, type Piece, raw, record, salt, upgrade } from './piece.js'
import { relpOpen } from './sender-talk.js'

const WITHIN_MS = 60_000
/** Characters of an answer that a finding shows. */
const MAX_SHOWN = 300

/** What a peer without a fault says to a listener, and what it must get: an answer, or an event with this tag. */
interface Probe {
  said: Piece[]
  answered?: RegExp
  tag?: string
}

const sentinel = `<13>1 2026-11-20T22:14:15Z good probe - - - here\n`
const get = (path: string, token = '') =>
  http({ method: 'GET', path, headers: { authorization: `Bearer ${token}` } })

function probesOf({ token }: Places): Record<string, Probe> {
  const hello = { said: [record('hello', { version: 1 })], answered: /principal/ }
  return {
    'native-unix': hello,
    'native-tcp': { ...hello, said: [record('hello', { version: 1, token })] },
    ncs: {
      said: [record('hello', { version: 1, features: ['ncs'], ncs: { mask: 1 } })],
      answered: /principal/,
    },
    http: { said: [get('/v1/info', token)], answered: /^HTTP\/1\.1 200/ },
    websocket: {
      said: [
        upgrade('/v1/ws', { authorization: `Bearer ${token}`, 'sec-websocket-protocol': 'tocsin.v1+json' }),
        jsonFrame({ op: 'hello', version: 1 }),
      ],
      answered: /welcome/,
    },
    webhook: {
      said: [
        http({
          method: 'POST',
          path: '/v1/hook/none',
          headers: { authorization: `Bearer ${HOOK_TOKEN}`, 'content-type': 'application/json' },
          body: { a: 1 },
        }),
      ],
      answered: /^HTTP\/1\.1 200/,
    },
    otlp: {
      said: [
        http({
          method: 'POST',
          path: '/v1/otlp/fuzz/v1/logs',
          headers: { authorization: `Bearer ${HOOK_TOKEN}`, 'content-type': 'application/json' },
          body: { resourceLogs: [] },
        }),
      ],
      answered: /^HTTP\/1\.1 200/,
    },
    'netconf-ssh': { said: [raw('SSH-2.0-probe\r\n')], answered: /^SSH-2\.0-/ },
    'call-home': { said: [raw('SSH-2.0-probe\r\n')], answered: /^SSH-2\.0-/ },
    netconf: {
      said: [netconfHello, rpc('<get-config><source><running/></source></get-config>')],
      answered: /<data\/>/,
    },
    'salt-pull': { said: [salt('probe/salt', { a: 1 })], tag: 'probe/salt' },
    'salt-rest': {
      said: [
        http({
          method: 'POST',
          path: '/hook/probe',
          headers: { 'content-type': 'application/json' },
          body: { a: 1 },
        }),
      ],
      answered: /^HTTP\/1\.1 200/,
    },
    sysadm: {
      said: [upgrade('/'), jsonFrame({ namespace: 'rpc', name: 'identify', id: 'p', args: {} })],
      answered: /"id":"p"/,
    },
    bridge: {
      said: [
        upgrade('/', { origin: 'sysadm-client' }),
        jsonFrame({ namespace: 'rpc', name: 'identify', id: 'p', args: {} }),
      ],
      answered: /"type":"bridge"/,
    },
    'sysadm-rest': {
      said: [
        http({
          method: 'PUT',
          path: '/rpc/identify',
          headers: { 'content-type': 'application/json' },
          body: {},
        }),
      ],
      answered: /^HTTP\/1\.1 [2-4]/,
    },
    'syslog-udp': { said: [raw(sentinel)], tag: 'syslog/fuzz/good/probe' },
    'syslog-tcp': { said: [raw(sentinel)], tag: 'syslog/fuzz/good/probe' },
    'syslog-datagrams': { said: [raw(sentinel)], tag: 'syslog/fuzz/good/probe' },
    'syslog-relp': {
      said: [raw(relpOpen), raw(relpFrame(2, 'syslog', sentinel))],
      tag: 'syslog/fuzz/good/probe',
    },
    // Only what changes is an event: another peer may have left the session up.
    bmp: { said: [initiation, peerDown, peerUp].map(raw), tag: 'bmp/fuzz/r1/192.0.2.1/up' },
    snmp: { said: [ber(trap)], tag: 'snmp/fuzz/127.0.0.1/1.3.6.1.4.1.9.0.1' },
  }
}

const trap = {
  tag: 0x30,
  value: [
    { tag: 2, value: Buffer.from([1]) },
    { tag: 4, value: Buffer.from('public') },
    {
      tag: 0xa7,
      value: [
        ...[1, 0, 0].map((number) => ({ tag: 2, value: Buffer.from([number]) })),
        {
          tag: 0x30,
          value: [
            {
              tag: 0x30,
              value: [
                { tag: 6, value: Buffer.from([0x2b, 6, 1, 6, 3, 1, 1, 4, 1, 0]) },
                { tag: 6, value: Buffer.from([0x2b, 6, 1, 4, 1, 9, 0, 1]) },
              ],
            },
          ],
        },
      ],
    },
  ],
}

/** Peers without a fault on every listener: what the hub does to the others must never reach them. */
export class GoodPeers {
  readonly #client: Client
  readonly #probes: Record<string, Probe>
  readonly #seen = new Map<string, number>()
  served = 0

  private constructor(client: Client, places: Places) {
    this.#client = client
    this.#probes = probesOf(places)
  }

  static async open(socket: string, places: Places): Promise<GoodPeers> {
    const client = await connect(socket)
    const peers = new GoodPeers(client, places)
    const tags = Object.values(peers.#probes).flatMap(({ tag }) => tag ?? [])
    void peers.#count(client, [...new Set(tags)])
    return peers
  }

  /** Rejects if a listener does not serve a peer without a fault. */
  async check(listener: Listener, random: Random): Promise<void> {
    const probe = this.#probes[listener.name]
    if (probe === undefined) return
    const before = this.#seen.get(probe.tag ?? '') ?? 0
    const end = Date.now() + WITHIN_MS
    const messages = probe.said.map(({ bytes }) => bytes)
    let answer = ''
    do {
      answer = await listener.say(messages, probe.answered ?? 'short')
      const isServed =
        probe.tag === undefined ? probe.answered!.test(answer) : await this.#arrived(probe.tag, before)
      if (isServed) return void this.served++
      await new Promise((resolve) => setTimeout(resolve, 50 + random(50)))
    } while (Date.now() < end)
    const last = JSON.stringify(answer.slice(0, MAX_SHOWN))
    throw new Error(`${listener.name} does not serve a peer without a fault; the last answer was ${last}`)
  }

  close(): Promise<void> {
    return this.#client.close()
  }

  async #arrived(tag: string, before: number): Promise<boolean> {
    for (let i = 0; i < 20 && (this.#seen.get(tag) ?? 0) === before; i++) {
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    return (this.#seen.get(tag) ?? 0) > before
  }

  async #count(client: Client, tags: string[]): Promise<void> {
    const filters = { any: tags.map((tag) => ({ exact: { tag } })) }
    for await (const item of client.subscribe(filters as never)) {
      if ('tag' in item) this.#seen.set(item.tag, (this.#seen.get(item.tag) ?? 0) + 1)
    }
  }
}
