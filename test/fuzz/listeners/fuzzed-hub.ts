import { readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Ended, HubProcess, type Running } from '../../e2e/hub-process.js'
import { temporaryFolder } from '../../helpers/temporary-folder.js'
import { bridgeKey } from './bridge-talk.js'

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
  bridge: number
  syslogUdp: number
  syslogTcp: number
  syslogRelp: number
  syslogDatagrams: string
  snmp: number
  bmp: number
  netconf: number
  callHome: number
  token: string
}

/** A hub with every kind of listener, and a bridge, as processes of their own. */
export class FuzzedHub implements AsyncDisposable {
  readonly places: Places
  readonly #hub: HubProcess
  readonly #bridge: Running
  readonly #seen = { hub: 0, bridge: 0 }

  private constructor(hub: HubProcess, bridge: Running, places: Places) {
    this.#hub = hub
    this.#bridge = bridge
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
    const key = write('bridge.pub', bridgeKey.publicKey)
    const bridge = hub.startTocsin(bridgeArguments(folder, ports.bridge, key))
    await bridge.says('is ready')
    return new FuzzedHub(hub, bridge, {
      ...ports,
      unix: join(folder, 'fuzz.sock'),
      ncs: join(folder, 'ncs.sock'),
      syslogDatagrams: join(folder, 'log.sock'),
      saltPull: join(folder, 'master_event_pull.ipc'),
      saltPub: join(folder, 'master_event_pub.ipc'),
      token: stdout.trim(),
    })
  }

  /** Resolves when one of the two has ended. */
  get ended(): Promise<Ended> {
    return Promise.race([this.#hub.ended, this.#bridge.ended])
  }

  /** Runs a command against it, with all rights. */
  async tocsin(...args: string[]): Promise<string> {
    return (await this.#hub.tocsin(args)).stdout
  }

  /** Lines that they have written since the last call. */
  newLines(): string[] {
    return [...this.#linesOf('hub', this.#hub.stderr), ...this.#linesOf('bridge', this.#bridge.stderr)]
  }

  #linesOf(whose: 'hub' | 'bridge', text: string): string[] {
    const end = text.lastIndexOf('\n') + 1
    const lines = text.slice(this.#seen[whose], end).split('\n')
    this.#seen[whose] = Math.max(this.#seen[whose], end)
    return lines
  }

  /** Number of their open sockets. */
  sockets(): number {
    const folders = [this.#hub, this.#bridge].map(({ pid }) => `/proc/${pid}/fd`)
    const descriptors = folders.flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)))
    return descriptors.filter(isSocket).length
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
  'bridge',
  'syslogUdp',
  'syslogTcp',
  'syslogRelp',
  'snmp',
  'bmp',
  'netconf',
  'callHome',
] as const
type PortName = (typeof portNames)[number]

function bridgeArguments(folder: string, port: number, key: string): string[] {
  const file = join(folder, 'bridge.yaml')
  writeFileSync(
    file,
    JSON.stringify({ listen: `127.0.0.1:${port}`, keys: [key], blacklist: { exempt: ['127.0.0.1'] } }),
  )
  return ['bridge', '--config', file, '--data', join(folder, 'bridge')]
}

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
      netconf: at('netconf'),
      callHome: at('callHome'),
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
      syslog: [
        {
          name: 'fuzz',
          udp: at('syslogUdp'),
          tcp: at('syslogTcp'),
          relp: at('syslogRelp'),
          datagrams: join(folder, 'log.sock'),
        },
      ],
      bmp: [{ name: 'fuzz', listen: at('bmp') }],
      snmp: [{ name: 'fuzz', udp: at('snmp'), communityFile: files.communities, users: [{ name: 'plain' }] }],
      webhook: (['none', 'alertmanager', 'grafana', 'github'] as const).map((preset) => ({
        name: preset,
        preset,
        bearerFile: files.hook,
        requests: { count: 1_000_000 },
      })),
      otlp: [{ name: 'fuzz', bearerFile: files.hook, requests: { count: 1_000_000 } }],
    },
  })
}
