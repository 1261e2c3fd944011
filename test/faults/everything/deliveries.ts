import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { Receiver } from '../../sinks/receiver.js'
import { SmtpServer } from '../../sinks/smtp-server.js'
import { SyslogReceiver } from '../../sinks/syslog-receiver.js'
import { type Config, omissions, type Part, type Scene, type StoredEvents } from './part.js'

const QUICK = { pause: '100ms', maxPause: '500ms' }
const common = { from: 'start', retry: QUICK }

interface Receivers {
  hook: Receiver
  batch: Receiver
  collector: Receiver
  siem: SyslogReceiver
  mail: SmtpServer
}

/** A sink of each kind, with receivers that live through all crashes: each gets everything at least once, in order. */
export class Deliveries implements Part {
  readonly config: Config
  readonly #scene: Scene
  readonly #receivers: Receivers

  private constructor(scene: Scene, receivers: Receivers) {
    this.#scene = scene
    this.#receivers = receivers
    const { hook, batch, collector, siem, mail } = receivers
    const slow = { ...common, filter: 'pace/slow' }
    const all = { ...common, filter: 'pace/' }
    this.config = {
      sinks: {
        archive: {
          type: 'file',
          path: this.#path('archive'),
          rotate: { size: '256KiB', keep: 10_000 },
          ...all,
        },
        lazy: { type: 'file', path: this.#path('lazy'), sync: false, ...all },
        paged: { type: 'file', path: this.#path('paged'), ...common, filter: { any: [] } },
        ran: { type: 'exec', command: ['/bin/sh', '-c', `cat >> ${this.#path('ran')}`], ...slow },
        hook: { type: 'webhook', url: hook.url, ...all },
        batch: {
          type: 'webhook',
          url: batch.url,
          mode: 'batch',
          batch: { events: 20, wait: '50ms' },
          ...all,
        },
        collector: {
          type: 'otlp',
          url: collector.url,
          metrics: 'off',
          batch: { events: 20, wait: '50ms' },
          ...all,
        },
        siem: { type: 'syslog', address: `127.0.0.1:${siem.port}`, message: 'json', ...all },
        mail: {
          type: 'mail',
          server: `127.0.0.1:${mail.port}`,
          encryption: 'none',
          sender: 'tocsin@example.com',
          recipients: ['oncall@example.com'],
          batch: { events: 1, wait: '0s' },
          ...slow,
        },
      },
      rules: { page: { filter: 'pace/slow', sink: 'paged', atMost: { count: 1_000_000 } } },
    }
  }

  static async start(scene: Scene): Promise<Deliveries> {
    const [hook, batch, collector] = [await Receiver.start(), await Receiver.start(), await Receiver.start()]
    const siem = await SyslogReceiver.start()
    const mail = await SmtpServer.start()
    return new Deliveries(scene, { hook, batch, collector, siem, mail })
  }

  async begin(): Promise<void> {}

  async stop(): Promise<void> {}

  check(log: StoredEvents): string[] {
    const all = log.numbers('pace/')
    const slow = log.numbers('pace/slow')
    const { hook, batch, collector, siem, mail } = this.#receivers
    return [
      ...omissions('sink file', this.#written('archive'), all),
      // Its lines may be lost with the power, as its option says.
      ...(this.#scene.losesPower ? [] : omissions('sink file without sync', this.#written('lazy'), all)),
      ...omissions('sink exec', this.#written('ran'), slow),
      ...omissions('sink file of a rule', this.#written('paged'), slow),
      ...omissions(
        'sink webhook',
        hook.got.flatMap(({ body }) => numbersIn(body)),
        all,
      ),
      ...omissions(
        'sink webhook with batches',
        batch.got.flatMap(({ body }) => numbersIn(body)),
        all,
      ),
      ...omissions(
        'sink otlp',
        collector.got.flatMap(({ body }) => recordsIn(body)),
        all,
      ),
      ...omissions('sink syslog', siem.messages.flatMap(numbersIn), all),
      ...omissions(
        'sink mail',
        mail.mails.flatMap(({ text }) => numbersIn(text)),
        slow,
      ),
    ]
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const receiver of Object.values(this.#receivers)) await receiver[Symbol.asyncDispose]()
  }

  #path(name: string): string {
    return join(this.#scene.folder, `${name}.ndjson`)
  }

  /** The numbers in a file and in those that were begun before it. */
  #written(name: string): number[] {
    const path = this.#path(name)
    if (!existsSync(path)) return []
    return [...rotated(path), path].flatMap((each) => numbersIn(readFileSync(each, 'utf8')))
  }
}

/** The files to which a sink has renamed this one, the oldest first. */
function rotated(path: string): string[] {
  const folder = dirname(path)
  const names = readdirSync(folder).filter((name) => name.startsWith(`${basename(path)}.`))
  return names.sort().map((name) => join(folder, name))
}

/** The numbers of events in JSON, in text of any kind. */
function numbersIn(text: string): number[] {
  return Array.from(text.matchAll(/"n": ?(\d+)/g), ([, number]) => Number(number))
}

interface LogRecord {
  attributes: {
    key: string
    value: { kvlistValue?: { values: { key: string; value: { intValue?: string } }[] } }
  }[]
}

function recordsIn(body: string): number[] {
  const records: LogRecord[] = JSON.parse(body).resourceLogs[0].scopeLogs[0].logRecords
  return records.map(({ attributes }) => {
    const data = attributes.find(({ key }) => key === 'tocsin.data')?.value.kvlistValue
    return Number(data?.values.find(({ key }) => key === 'n')?.value.intValue)
  })
}
