import type { z } from 'zod'
import { encodeFrame } from '../../src/event/frame.js'
import { encode, encodeAttributes } from '../../src/event/index.js'
import { hostsConfig } from '../../src/hosts/config.js'
import { Hosts, type HostsHost } from '../../src/hosts/hosts.js'
import { kindsOf } from '../../src/hosts/sight.js'
import type { HostsEvent } from '../../src/hosts/silence.js'
import { eventTypes } from '../../src/hub/event-types.js'
import { openMemoryLog } from '../../src/log/memory-log.js'
import { openMemoryState } from '../../src/state/memory-state.js'
import { hubTypes, TypeRegistry } from '../../src/types/index.js'
import { FakeRuntime } from '../helpers/fake-runtime.js'

export interface HostEventParts {
  tag: string
  data?: unknown
  source?: string
  attributes?: Record<string, string>
}

type Config = z.input<typeof hostsConfig>

/** A log with a clock that stands still, and the hosts that speak in it. */
export class HostWorld implements HostsHost {
  readonly runtime = new FakeRuntime()
  readonly log = openMemoryLog({ runtime: this.runtime })
  readonly types = new TypeRegistry(hubTypes, ...eventTypes)
  readonly kinds = kindsOf([...hubTypes, ...eventTypes.flat()])
  readonly bucket = openMemoryState({ runtime: this.runtime }).bucket('hosts')
  readonly own = ['core']
  isPrimary = true
  isDeaf = false
  /** What the hub has said of hosts. */
  readonly said: HostsEvent[] = []

  append(...events: HostEventParts[]): void {
    const frames = events.map(({ tag, data = {}, source = 'test', attributes }) =>
      encodeFrame({
        tag,
        source,
        body: encode(data),
        ...(attributes && { attributes: encodeAttributes(attributes) }),
      }),
    )
    const batch = { bytes: Buffer.concat(frames), count: frames.length, firstSeq: 0, lastSeq: 0 }
    this.log.append(batch, () => undefined)
  }

  report(event: HostsEvent): boolean {
    this.said.push(event)
    this.append({ tag: event.tag, data: event.data, source: 'hub/core' })
    return true
  }

  start(config: Config = {}): Hosts {
    const hosts = new Hosts(this, hostsConfig.parse(config))
    hosts.start()
    return hosts
  }

  /** Lets hosts speak every so many seconds, for some seconds. */
  async rhythm(names: readonly string[], every: number, seconds: number): Promise<void> {
    for (let passed = 0; passed < seconds; passed += every) {
      this.append(...names.map((name) => ({ tag: `host/${name}/system/load` })))
      await this.runtime.pass(every * 1000)
    }
  }

  async pass(seconds: number): Promise<void> {
    await this.runtime.pass(seconds * 1000)
  }
}

/** Names of all hosts that are known. */
export function namesIn({ table }: Hosts): string[] {
  return Array.from({ length: table.end }, (_, index) => table.nameOf(index) ?? '')
    .filter((name) => name !== '')
    .sort()
}
