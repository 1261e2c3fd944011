import { createSocket } from 'node:dgram'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { JournalLines } from '../faults/everything/lines.js'
import type { Scene } from '../faults/everything/part.js'
import { snmp } from '../fuzz/listeners/sender-talk.js'
import { randomFrom } from '../fuzz/mutations.js'
import { freePorts } from '../hub/live-hub.js'
import { Receiver } from '../sinks/receiver.js'
import { SmtpServer } from '../sinks/smtp-server.js'
import { SyslogReceiver } from '../sinks/syslog-receiver.js'

const TOKEN = 'hook-token-of-the-soak'
const PAUSE_MS = 200
const MANY = { count: 1_000_000 }

interface Receivers {
  hook: Receiver
  collector: Receiver
  siem: SyslogReceiver
  mail: SmtpServer
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
  readonly #ports: { snmp: number; http: number }
  readonly #sender = createSocket('udp4').unref()

  private constructor(folder: string, receivers: Receivers, [snmp, http, closed]: number[]) {
    this.#receivers = receivers
    this.#ports = { snmp, http }
    this.hook = receivers.hook
    this.#journal = new JournalLines({ folder } as Scene)
    this.config = {
      log: { ring: '2MiB', retention: { bytes: '16MiB' }, segment: { bytes: '1MiB' } },
      listen: { http: `127.0.0.1:${http}` },
      jobs: { programs: ['/bin/true'], keep: { jobs: 20 } },
      sources: { ...sourcesOf(folder, snmp, closed), ...this.#journal.config.sources },
      sinks: sinksOf(folder, receivers),
      rules: RULES,
    }
  }

  static async start(folder: string): Promise<Kinds> {
    const [hook, collector] = [await Receiver.start(), await Receiver.start()]
    const [siem, mail] = [await SyslogReceiver.start(), await SmtpServer.start()]
    return new Kinds(folder, { hook, collector, siem, mail }, await freePorts(3))
  }

  /** Sends to the sources that listen, until it is stopped. */
  async send(until: AbortSignal): Promise<void> {
    const random = randomFrom(1)
    const url = `http://127.0.0.1:${this.#ports.http}/v1/hook/hooked`
    const headers = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' }
    await this.#journal.begin()
    for (let n = 0; !until.aborted; n++) {
      const [trap] = snmp(random)
      this.#sender.send(trap.bytes, this.#ports.snmp, '127.0.0.1')
      const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify({ n, alert: n % 9 }) })
      if (!answer.ok) throw new Error(`the webhook answered ${answer.status}: ${await answer.text()}`)
      await answer.arrayBuffer()
      await setTimeout(PAUSE_MS)
    }
    await this.#journal.stop()
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

function sourcesOf(folder: string, snmp: number, closed: number) {
  const secret = (name: string, text: string) => {
    writeFileSync(join(folder, name), `${text}\n`, { mode: 0o600 })
    return join(folder, name)
  }
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
    webhook: [{ name: 'hooked', bearerFile: secret('hook', TOKEN), requests: MANY }],
    salt: [{ name: 'gone', sockDir: folder }],
    sctp: [{ name: 'gone', connect: { addresses: ['127.0.0.1'], port: closed } }],
    sysadm: [
      {
        name: 'gone',
        url: `wss://127.0.0.1:${closed}`,
        login: { user: 'a', passwordFile: secret('password', 'a') },
      },
    ],
  }
}

function sinksOf(folder: string, { hook, collector, siem, mail }: Receivers) {
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
  chained: { filter: 'made/grouped', fire: fire('chained'), atMost: MANY },
  handing: { filter: 'made/seldom', sink: 'handed', atMost: MANY },
  working: { filter: 'made/seldom', job: ['/bin/true'], atMost: MANY },
}
