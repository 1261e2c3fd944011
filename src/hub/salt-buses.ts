import { channel } from 'node:diagnostics_channel'
import { homedir } from 'node:os'
import type { Access } from '../access/index.js'
import type { Extent } from '../access/rights.js'
import type { Bus } from '../bus/bus.js'
import type { SaltBusConfig } from '../config/parts/salt.js'
import { expandHome } from '../config/paths.js'
import type { ErrorCode, TocsinError } from '../event/errors.js'
import type { Runtime } from '../event/runtime.js'
import { type DropReport, Drops } from '../faces/salt/bus/drops.js'
import { groupId } from '../faces/salt/bus/listen.js'
import { SaltBus, type SaltBusOptions } from '../faces/salt/bus/salt-bus.js'
import { masterSockets, minionSockets } from '../faces/salt/codec/sockets.js'
import { formatFilter, parseFilter } from '../filter/index.js'
import type { Peer } from './refusals.js'

export interface SaltBusesOptions {
  bus: Bus
  access: Access
  runtime: Runtime
  limits: SaltBusOptions['limits']
  countHalfReceived: SaltBusOptions['countHalfReceived']
  refused(error: TocsinError, peer: Peer): void
}

/** What whoever reads the stderr of the hub should know too; at most once a second and reason. */
export interface SaltFault extends DropReport {
  source: string
  /** Events dropped, or connections closed. */
  what: 'dropped' | 'closed'
}

const faults = channel('tocsin:salt:fault')

/** The event buses with Salt's sockets, as the configuration has them. */
export class SaltBuses {
  readonly #options: SaltBusesOptions
  readonly #buses: SaltBus[] = []
  readonly #closings: Drops[] = []

  constructor(options: SaltBusesOptions) {
    this.#options = options
  }

  get listeners(): { address: string; connections: number }[] {
    return this.#buses.flatMap(({ doors }) =>
      doors.map(({ address, peers }) => ({ address, connections: peers.size })),
    )
  }

  /** Publishes that could not be taken, since the start. */
  get dropped(): { source: string; code: ErrorCode; count: number }[] {
    return this.#buses.flatMap(({ source, dropped }) =>
      [...dropped].map(([code, count]) => ({ source, code, count })),
    )
  }

  async listen(config: SaltBusConfig): Promise<void> {
    const { bus, access, runtime, limits, countHalfReceived, refused } = this.#options
    const name = saltSource(config.bus)
    access.grant(name, { source: name, publish: '*', see: visible(config) })
    const { tcp, maxLag, maxFrame } = config
    const tell = (fault: SaltFault) => faults.publish(fault)
    const closings = new Drops(runtime, (report) => tell({ what: 'closed', source: name, ...report }))
    this.#closings.push(closings)
    const salt = new SaltBus({
      bus,
      runtime,
      principal: access.principal(name),
      sockets: await socketsOf(config),
      tcp,
      maxLag,
      maxFrame,
      limits,
      countHalfReceived,
      refused: (error, peer) => {
        refused(error, peer)
        closings.add(error.code, error.message)
      },
      dropped: ({ source, ...report }) => {
        tell({ what: 'dropped', source, ...report })
        if (!bus.closing) bus.emit({ tag: `hub/dropped/${source}`, data: { source, ...report } })
      },
    })
    await salt.listen()
    this.#buses.push(salt)
  }

  async drain(): Promise<void> {
    await Promise.all(this.#buses.map((salt) => salt.drain()))
  }

  async close(): Promise<void> {
    await Promise.all(this.#buses.map((salt) => salt.close()))
    for (const closings of this.#closings) closings.close()
  }
}

/** Source of the events of a bus, and name of the principal that everybody on its sockets is. */
export function saltSource(bus: string): string {
  return `salt/${bus}`
}

/** A bus shows its own events, and what its configuration adds: on a minion some tags are commands. */
function visible({ bus, show }: SaltBusConfig): Extent {
  const own = { exact: { source: saltSource(bus) } }
  if (show.length === 0) return [own]
  const shown = parseFilter(show)
  return shown.op === 'everything' ? '*' : [own, formatFilter(shown)]
}

async function socketsOf(config: SaltBusConfig): Promise<SaltBusOptions['sockets']> {
  const { node, tcp, sockDir, group, id, hashId, hashType } = config
  if (sockDir === undefined && tcp !== undefined) return undefined
  const folder = expandHome(sockDir ?? `/var/run/salt/${node}`, { variables: process.env, home: homedir() })
  if (node === 'minion') {
    const { pub, pull } = minionSockets(folder, hashId ?? id ?? '', hashType)
    return { pub: { path: pub, mode: 0o600 }, pull: { path: pull, mode: 0o600 } }
  }
  const { pub, pull } = masterSockets(folder)
  const gid = group === undefined ? undefined : await groupId(group)
  return { pub: { path: pub, mode: 0o660, gid }, pull: { path: pull, mode: 0o600 } }
}
