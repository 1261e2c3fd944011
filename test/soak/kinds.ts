import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createConnection } from 'node:net'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { JournalLines } from '../faults/everything/lines.js'
import type { Scene } from '../faults/everything/part.js'
import { snmp } from '../fuzz/listeners/sender-talk.js'
import { randomFrom } from '../fuzz/mutations.js'
import { freePorts } from '../hub/live-hub.js'
import { Broker } from '../sinks/mqtt/broker.js'
import { Database } from '../sinks/postgresql/database.js'
import { Receiver } from '../sinks/receiver.js'
import { SmtpServer } from '../sinks/smtp-server.js'
import { SyslogReceiver } from '../sinks/syslog-receiver.js'
import { initiation, peerDown, peerUp, termination } from '../sources/bmp/messages.js'
import { logs } from '../sources/otlp/harness.js'

const TOKEN = 'token-of-the-soak'
const PAUSE_MS = 200
const MANY = { count: 1_000_000 }
/** No device has it. */
const KEY = `SHA256:${'A'.repeat(43)}`

/** The sources that have another side here. */
export const FED = [
  ...['syslog/net', 'files/app', 'exec/tick', 'snmp/traps', 'webhook/hooked', 'otlp/logged', 'mqtt/read'],
  'bmp/routers',
]

interface Ports {
  snmp: number
  http: number
  bmp: number
  /** Nothing listens there. */
  closed: number
}

interface Receivers {
  hook: Receiver
  collector: Receiver
  siem: SyslogReceiver
  mail: SmtpServer
  broker: Broker
  database: Database
}

/**
 * A source, a sink and a rule of every kind, with what they are connected to. Sources whose other side does not exist on this
 * machine try to reach it all the time.
 */
export class Kinds implements AsyncDisposable {
  readonly config: Record<string, unknown>
  readonly hook: Receiver
  readonly #receivers: Receivers
  readonly #journal: JournalLines
  readonly #ports: Ports
  readonly #sender = createSocket('udp4').unref()

  private constructor(folder: string, receivers: Receivers, ports: Ports) {
    this.#receivers = receivers
    this.#ports = ports
    this.hook = receivers.hook
    this.#journal = new JournalLines({ folder } as Scene)
    this.config = {
      log: { ring: '2MiB', retention: { bytes: '16MiB' }, segment: { bytes: '1MiB' } },
      listen: { http: `127.0.0.1:${ports.http}` },
      jobs: { programs: ['/bin/true'], keep: { jobs: 20 } },
      sources: { ...sourcesOf(folder, receivers, ports), ...this.#journal.config.sources },
      sinks: sinksOf(folder, receivers),
      rules: RULES,
    }
  }

  static async start(folder: string): Promise<Kinds> {
    const [hook, collector] = [await Receiver.start(), await Receiver.start()]
    const [siem, mail] = [await SyslogReceiver.start(), await SmtpServer.start()]
    const [broker, database] = [await Broker.start(), await Database.start()]
    const [snmp, http, bmp, closed] = await freePorts(4)
    const receivers = { hook, collector, siem, mail, broker, database }
    return new Kinds(folder, receivers, { snmp, http, bmp, closed })
  }

  /** Sends to the sources that listen, until it is stopped. */
  async send(until: AbortSignal): Promise<void> {
    const random = randomFrom(1)
    await this.#journal.begin()
    for (let n = 0; !until.aborted; n++) {
      const [trap] = snmp(random)
      this.#sender.send(trap.bytes, this.#ports.snmp, '127.0.0.1')
      await this.#post('hook/hooked', { n, alert: n % 9 })
      await this.#post('otlp/logged/v1/logs', logs({ body: { stringValue: `line ${n}` } }))
      await this.#dialAsRouter()
      await setTimeout(PAUSE_MS)
    }
    await this.#journal.stop()
  }

  async #post(path: string, body: object): Promise<void> {
    const url = `http://127.0.0.1:${this.#ports.http}/v1/${path}`
    const headers = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' }
    const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) })
    if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${await answer.text()}`)
    await answer.arrayBuffer()
  }

  /** A session of BMP, from its beginning to its end. */
  async #dialAsRouter(): Promise<void> {
    const socket = createConnection(this.#ports.bmp, '127.0.0.1')
    socket.end(Buffer.concat([initiation, peerUp, peerDown, termination]))
    await once(socket.resume(), 'close')
  }

  /** The receivers keep nothing for longer than a turn. */
  forget(): void {
    const { hook, collector, siem, mail } = this.#receivers
    for (const kept of [hook.got, collector.got, siem.messages, mail.mails]) kept.length = 0
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#sender.close()
    await this.#journal[Symbol.asyncDispose]()
    for (const receiver of Object.values(this.#receivers)) await receiver[Symbol.asyncDispose]()
  }
}

function sourcesOf(folder: string, { broker }: Receivers, { snmp, bmp, closed }: Ports) {
  const secret = (name: string, text: string) => {
    writeFileSync(join(folder, name), `${text}\n`, { mode: 0o600 })
    return join(folder, name)
  }
  const token = secret('token', TOKEN)
  const login = { user: 'a', passwordFile: secret('password', 'a') }
  const nowhere = `http://127.0.0.1:${closed}`
  return {
    system: { enabled: true },
    kernel: { enabled: true },
    packages: { enabled: true },
    containers: { enabled: true },
    systemd: { enabled: true },
    lifePreserver: { enabled: true },
    systemState: { enabled: true },
    syslog: [{ name: 'net', unix: join(folder, 'syslog.sock') }],
    files: [{ name: 'app', lines: [join(folder, 'app.log')], from: 'start' }],
    exec: [{ name: 'tick', command: ['seq', '20'], every: '1s' }],
    snmp: [{ name: 'traps', udp: `127.0.0.1:${snmp}`, communityFile: secret('community', 'public') }],
    webhook: [{ name: 'hooked', bearerFile: token, requests: MANY }],
    otlp: [{ name: 'logged', bearerFile: token, requests: MANY }],
    mqtt: [{ name: 'read', broker: `127.0.0.1:${broker.port}`, topics: ['alerts/#'] }],
    bmp: [{ name: 'routers', listen: `127.0.0.1:${bmp}` }],
    lldp: { enabled: true },
    kubernetes: [{ name: 'gone', url: nowhere, tokenFile: token, tls: {} }],
    netconf: [{ name: 'gone', host: '127.0.0.1', port: closed, ...login, hostKey: KEY }],
    restconf: [{ name: 'gone', url: nowhere, ...login }],
    ncs: [{ name: 'gone', port: closed, streams: [{ name: 'NETCONF' }] }],
    salt: [{ name: 'gone', sockDir: folder }],
    sctp: [{ name: 'gone', connect: { addresses: ['127.0.0.1'], port: closed } }],
    sysadm: [
      {
        name: 'gone',
        url: `wss://127.0.0.1:${closed}`,
        login,
      },
    ],
  }
}

function sinksOf(folder: string, { hook, collector, siem, mail, broker, database }: Receivers) {
  const alerts = { filter: ['made/', 'alert/'] }
  const batch = { events: 100, wait: '1s' }
  return {
    archive: {
      ...{ type: 'file', path: join(folder, 'archive.ndjson'), filter: 'host/' },
      rotate: { size: '1MiB', keep: 2 },
    },
    hook: { type: 'webhook', url: hook.url, filter: ['syslog/net/', 'alert/'] },
    ran: { type: 'exec', command: ['/bin/cat'], filter: 'made/seldom' },
    collector: { type: 'otlp', url: collector.url, batch, ...alerts },
    siem: { type: 'syslog', address: `127.0.0.1:${siem.port}`, ...alerts },
    mail: {
      ...{ type: 'mail', server: `127.0.0.1:${mail.port}`, encryption: 'none' },
      ...{ sender: 'tocsin@example.com', recipients: ['oncall@example.com'] },
      ...{ batch, filter: 'made/seldom' },
    },
    topics: { type: 'mqtt', broker: `127.0.0.1:${broker.port}`, topic: 'alerts/soak', batch, ...alerts },
    table: {
      ...{ type: 'postgresql', place: `127.0.0.1:${database.port}`, database: 'postgres', user: 'postgres' },
      ...{ create: true, batch, ...alerts },
    },
    handed: {
      type: 'file',
      path: join(folder, 'handed.ndjson'),
      rotate: { size: '1MiB', keep: 2 },
      filter: { any: [] },
    },
  }
}

const fire = (tag: string) => ({ tag: `made/${tag}`, data: { text: `\${data}` } })
const alarms = { filter: 'syslog/net/web1/alarm', atMost: MANY }

const RULES = {
  alarm: { ...alarms, fire: { tag: 'alert/web1', data: { message: `\${data.message}` } } },
  counted: { ...alarms, after: { count: 50, within: '1h' }, fire: fire('seldom') },
  grouped: { ...alarms, by: 'data.app', after: { count: 9, within: '10s' }, fire: fire('grouped') },
  once: { ...alarms, by: 'data.message', onceWithin: '10s', fire: fire('once') },
  silent: {
    ...alarms,
    by: 'data.message',
    unlessFollowedBy: { filter: 'never/', within: '5s' },
    fire: fire('silent'),
  },
  correlated: {
    correlate: {
      within: '10s',
      conditions: [
        { name: 'alarm', filter: 'syslog/net/web1/alarm' },
        { name: 'hooked', filter: 'webhook/hooked/' },
      ],
    },
    fire: fire('correlated'),
    atMost: MANY,
  },
  alerted: {
    filter: 'webhook/hooked/',
    by: 'data.alert',
    alert: { severity: 'warning', labels: { which: `\${data.alert}` }, endsAfter: '1s' },
    atMost: MANY,
  },
  chained: { filter: 'made/grouped', fire: fire('chained'), atMost: MANY },
  handing: { filter: 'made/seldom', sink: 'handed', atMost: MANY },
  working: { filter: 'made/seldom', job: ['/bin/true'], atMost: MANY },
}
