import { channel } from 'node:diagnostics_channel'
import type { Socket } from 'node:net'
import type { OwnEvent } from '../../bus/api.js'
import { toTocsinError } from '../../errors/tocsin-error.js'
import type { Runtime } from '../../event/runtime.js'
import type { PartFaultInfo } from '../../methods/contract/index.js'
import { adopt } from '../../parts/accepted.js'
import { currentPart, type PartFault, partFaults } from '../../parts/boundary.js'
import { asCore, CoreFault, coreFaults } from '../../parts/core.js'
import { type ConnectionCut, connectionCuts } from '../../transport/cuts.js'
import type { MetricSample } from '../../types/metric.js'
import { RepeatedEvents } from '../reports/repeated-events.js'

/** Parts whose faults are told apart; those of any others are counted together. */
const MOST_PARTS = 256
const MAX_REASON = 500
/** Time that a part is listed after its last fault, µs. */
const LISTED = 24 * 3600e6
/** Node tells of each connection that a server has accepted. */
const accepted = channel('net.server.socket')

/**
 * Counts what the parts of the hub throw, and publishes it. The parts themselves begin again. Counts the connections too
 * that were ended because of their peers.
 */
export class Supervisor {
  readonly #runtime: Runtime
  readonly #events: RepeatedEvents
  readonly #faults = new Map<string, PartFaultInfo>()
  readonly #cuts = new Map<string, { face: string; protocol: string; count: number }>()

  constructor(runtime: Runtime, report: (event: OwnEvent) => boolean) {
    this.#runtime = runtime
    this.#events = new RepeatedEvents(runtime, report)
  }

  start(): void {
    partFaults.subscribe(this.#thrown)
    connectionCuts.subscribe(this.#cut)
  }

  stop(): void {
    partFaults.unsubscribe(this.#thrown)
    connectionCuts.unsubscribe(this.#cut)
  }

  /** The faults of each part that has thrown within a day. */
  get faults(): PartFaultInfo[] {
    const since = this.#runtime.now() - LISTED
    return [...this.#faults.values()].filter(({ last }) => last > since).map((fault) => ({ ...fault }))
  }

  *samples(): Iterable<MetricSample> {
    for (const { kind, part, count } of this.#faults.values())
      yield { name: 'tocsin_part_faults_total', value: count, labels: { kind, part } }
    for (const { face, protocol, count } of this.#cuts.values())
      yield { name: 'tocsin_connections_cut_total', value: count, labels: { face, protocol } }
  }

  /** The program names faces and protocols, so that they are few. */
  readonly #cut = heard<ConnectionCut>(({ work: { face, what: protocol } }) => {
    const key = `${face} ${protocol}`
    this.#cuts.set(key, { face, protocol, count: (this.#cuts.get(key)?.count ?? 0) + 1 })
  })

  readonly #thrown = heard<PartFault>((fault) => asCore(() => this.#add(fault)))

  #add({ part: { kind, name }, thrown }: PartFault): void {
    const { message } = toTocsinError(thrown, 'TCN_INTERNAL')
    const reason = message.length <= MAX_REASON ? message : `${message.slice(0, MAX_REASON)}…`
    const part = this.#faults.size < MOST_PARTS || this.#faults.has(`${kind} ${name}`) ? name : 'other'
    const key = `${kind} ${part}`
    const count = (this.#faults.get(key)?.count ?? 0) + 1
    this.#faults.set(key, { kind, part, count, reason, last: this.#runtime.now() })
    const others = { kind, part, reason: 'various reasons' }
    this.#events.add({ tag: `hub/part/${kind}/${part}`, data: { kind, part, reason } }, reason, others)
  }
}

/** A listener of a channel that has only messages of this kind. */
function heard<Message>(take: (message: Message) => void): (message: unknown) => void {
  return (message) => take(message as Message)
}

/**
 * Gives everything that is thrown where nobody catches it to the part that it belongs to. `end` ends the process: it is
 * called with what the core has thrown, or what belongs to nobody.
 */
export function superviseProcess(end: (thrown: unknown) => void): void {
  const take = (thrown: unknown) => {
    const part = currentPart()
    try {
      if (part === undefined || thrown instanceof CoreFault) end(thrown)
      else part.fail(thrown)
    } catch (again) {
      end(again)
    }
  }
  process.on('uncaughtException', take)
  process.on('unhandledRejection', take)
  coreFaults.subscribe(end)
  accepted.subscribe((message) => adopt((message as { socket: Socket }).socket))
}
