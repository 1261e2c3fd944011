import { type Client, connect } from '../../src/client/index.js'
import type { SourceInfo } from '../../src/methods/contract/index.js'
import type { Bench } from '../harness/bench.js'
import { until } from '../harness/clock.js'
import type { SyslogSenderOptions } from '../roles/syslog-sender.js'
import { answers, freePort } from './network.js'

/** The built hub with one source, which receives syslog over TCP and UDP. */
export class SyslogHub {
  readonly pid: number
  readonly ports: SyslogSenderOptions
  readonly client: Client

  private constructor(pid: number, ports: SyslogSenderOptions, client: Client) {
    this.pid = pid
    this.ports = ports
    this.client = client
  }

  static async start(bench: Bench): Promise<SyslogHub> {
    const [tcp, udp] = [await freePort(), await freePort()]
    const entry = { name: 'bench', tcp: `127.0.0.1:${tcp}`, udp: `127.0.0.1:${udp}` }
    const hub = await bench.sourceHub(
      JSON.stringify({ sources: { system: { enabled: false }, syslog: [entry] } }),
    )
    await until('the source listens', () => answers(tcp))
    return new SyslogHub(hub.pid, { tcp, udp }, await connect({ address: hub.address }))
  }

  /** Messages that the hub has stored, and those that it has reported as lost. */
  async counts(): Promise<Pick<SourceInfo, 'events' | 'lost'>> {
    const { sources } = await this.client.request('sources.list', {})
    return sources.find(({ name }) => name === 'syslog/bench') as SourceInfo
  }
}
