import { readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Ended, HubProcess } from '../../e2e/hub-process.js'
import { temporaryFolder } from '../../helpers/temporary-folder.js'

export const HOOK_TOKEN = 'hook-token-of-the-fuzzer'
export const PASSWORD = 'correct horse'
export const COMMUNITY = 'public'

/** Where the listeners of a hub are. */
export interface Places {
  unix: string
  ncs: string
  saltPull: string
  saltPub: string
  tcp: number
  http: number
  saltRest: number
  sysadm: number
  sysadmRest: number
  syslogUdp: number
  syslogTcp: number
  snmp: number
  token: string
}

/** A hub with every kind of listener, as a process of its own. */
export class FuzzedHub implements AsyncDisposable {
  readonly places: Places
  readonly #hub: HubProcess
  #seen = 0

  private constructor(hub: HubProcess, places: Places) {
    this.#hub = hub
    this.places = places
  }

  static async start(firstPort: number): Promise<FuzzedHub> {
    const folder = temporaryFolder('fuzz')
    const ports = Object.fromEntries(portNames.map((name, i) => [name, firstPort + i])) as Record<
      PortName,
      number
    >
    const write = (name: string, text: string) => {
      writeFileSync(join(folder, name), text, { mode: 0o600 })
      return join(folder, name)
    }
    const files = {
      communities: write('communities', `${COMMUNITY}\n`),
      hook: write('hook', `${HOOK_TOKEN}\n`),
    }
    const hub = await HubProcess.start({ folder, config: configuration(folder, ports, files), sources: true })
    await hub.tocsin(['token', 'password', 'fuzz'], { input: PASSWORD })
    const { stdout } = await hub.tocsin(['token', 'add', 'fuzz-token', '--principal', 'fuzz'])
    return new FuzzedHub(hub, {
      ...ports,
      unix: join(folder, 'fuzz.sock'),
      ncs: join(folder, 'ncs.sock'),
      saltPull: join(folder, 'master_event_pull.ipc'),
      saltPub: join(folder, 'master_event_pub.ipc'),
      token: stdout.trim(),
    })
  }

  get ended(): Promise<Ended> {
    return this.#hub.ended
  }

  get stderr(): string {
    return this.#hub.stderr
  }

  /** Runs a command against it, with all rights. */
  async tocsin(...args: string[]): Promise<string> {
    return (await this.#hub.tocsin(args)).stdout
  }

  /** Lines that it has written since the last call. */
  newLines(): string[] {
    const text = this.#hub.stderr
    const end = text.lastIndexOf('\n') + 1
    const lines = text.slice(this.#seen, end).split('\n')
    this.#seen = Math.max(this.#seen, end)
    return lines
  }

  /** Number of its open sockets. */
  sockets(): number {
    const folder = `/proc/${this.#hub.pid}/fd`
    return readdirSync(folder).filter((name) => isSocket(join(folder, name))).length
  }

  residentBytes(): number {
    return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${this.#hub.pid}/status`, 'utf8'))?.[1]) * 1024
  }

  stop(): Promise<Ended> {
    return this.#hub.stop()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#hub[Symbol.asyncDispose]()
  }
}

function isSocket(descriptor: string): boolean {
  try {
    return readlinkSync(descriptor).startsWith('socket:')
  } catch {
    // It was closed meanwhile.
    return false
  }
}

const portNames = [
  'tcp',
  'http',
  'saltRest',
  'sysadm',
  'sysadmRest',
  'syslogUdp',
  'syslogTcp',
  'snmp',
] as const
type PortName = (typeof portNames)[number]

function configuration(
  folder: string,
  ports: Record<PortName, number>,
  files: Record<string, string>,
): string {
  const at = (name: PortName) => `127.0.0.1:${ports[name]}`
  return JSON.stringify({
    log: { retention: { bytes: '256MiB' } },
    principals: {
      fuzz: {
        source: 'fuzz',
        publish: '*',
        see: '*',
        produce: '*',
        gate: '*',
        consume: '*',
        run: '*',
        sysadm: 'full',
        monitor: true,
        admin: true,
      },
    },
    listen: {
      unix: [{ path: join(folder, 'tocsin.sock') }, { path: join(folder, 'fuzz.sock'), principal: 'fuzz' }],
      tcp: at('tcp'),
      http: at('http'),
    },
    jobs: { programs: ['echo'] },
    salt: [
      {
        bus: 'fuzz',
        sockDir: folder,
        rest: { address: at('saltRest'), disableSsl: true, webhookDisableAuth: true },
      },
    ],
    sysadm: { listen: at('sysadm'), rest: at('sysadmRest'), blacklist: { exempt: ['127.0.0.1'] } },
    ncs: { unix: { path: join(folder, 'ncs.sock'), principal: 'fuzz' }, keep: ['devel', 'webui', 'snmpa'] },
    sources: {
      system: { enabled: false },
      syslog: [{ name: 'fuzz', udp: at('syslogUdp'), tcp: at('syslogTcp') }],
      snmp: [{ name: 'fuzz', udp: at('snmp'), communityFile: files.communities, users: [{ name: 'plain' }] }],
      webhook: (['none', 'alertmanager', 'grafana', 'github'] as const).map((preset) => ({
        name: preset,
        preset,
        bearerFile: files.hook,
        requests: { count: 1_000_000 },
      })),
    },
  })
}
