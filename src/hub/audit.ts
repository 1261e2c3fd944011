import type { LoginRefusal } from '../access/access.js'
import { networkOf } from '../access/network.js'
import type { Peer } from '../bus/api.js'
import type { Principal } from '../bus/principal.js'
import type { TocsinError } from '../errors/tocsin-error.js'
import type { Runtime } from '../event/runtime.js'
import type { CallOutcome } from '../methods/method.js'
import { RepeatedEvents } from './repeated-events.js'

interface AuditEvent {
  tag: string
  data: Record<string, unknown>
}

/** Longest text of a caller that an event repeats. */
const MAX_TEXT = 256
/** Longest JSON of what a call changed that an event repeats as it is. */
const MAX_OBJECT = 2048

/** Publishes who changed the hub, who was refused, and from where. */
export class Audit {
  readonly #emit: (event: AuditEvent) => void
  readonly #repeated: RepeatedEvents

  constructor(runtime: Runtime, emit: (event: AuditEvent) => void) {
    this.#emit = emit
    this.#repeated = new RepeatedEvents(runtime, emit)
  }

  /** A management call has ended. Calls that only look are not reported, unless they were refused. */
  called({ name, principal, address, error, changed }: CallOutcome, face: string): void {
    const by = { principal: principal.name, face, address }
    if (error?.code === 'TCN_ACCESS_DENIED' || error?.code === 'TCN_ACCESS_LOCAL') {
      const { right } = (error.details ?? {}) as { right?: unknown }
      const denied = { ...by, method: name, right, result: error.code }
      this.#repeat('hub/audit/denied', denied, `${principal.name} ${name.slice(0, MAX_TEXT)}`)
    } else if (changed !== undefined) {
      const data = { ...by, method: name, result: error?.code ?? 'ok', message: error?.message, changed }
      if (error === undefined) this.#emit({ tag: tagOf(name), data: shortened(data) })
      else this.#repeat(tagOf(name), data, `${principal.name} ${error.code}`)
    }
  }

  /** A durable consumer that did not exist was created. */
  consumerCreated({ name: principal }: Principal, name: string, peer?: Peer): void {
    const method = 'consumers.create'
    const { face, address } = peer ?? {}
    const data = { principal, face, address, method, result: 'ok', changed: { name } }
    this.#emit({ tag: tagOf(method), data: shortened(data) })
  }

  loginRefused({ way, user, address, face, error }: LoginRefusal): void {
    const data = { principal: user, face, address, way, result: error.code, reason: issuerFault(error) }
    const from = address === undefined ? 'local' : networkOf(address)
    this.#repeat('hub/audit/login', data, `${from} ${way} ${error.code}`)
  }

  #repeat(tag: string, data: Record<string, unknown>, key: string): void {
    const { method, result } = data
    this.#repeated.add(
      { tag, data: shortened(data) },
      key,
      tag === 'hub/audit/denied' ? { result } : { method, result },
    )
  }
}

/** Why an issuer cannot be asked. Its peers only learn that it cannot. */
function issuerFault({ code, cause }: TocsinError): string | undefined {
  return code === 'TCN_ACCESS_ISSUER' && cause instanceof Error ? cause.message : undefined
}

function tagOf(method: string): string {
  return `hub/audit/${method.replace('.', '/')}`
}

/** Returns the data without keys that have no value, and with bounded values. */
function shortened(data: Record<string, unknown>): Record<string, unknown> {
  const given = Object.entries(data).filter(([, value]) => value !== undefined)
  return Object.fromEntries(given.map(([key, value]) => [key, bounded(value)]))
}

function bounded(value: unknown): unknown {
  if (typeof value === 'string') return value.slice(0, MAX_TEXT)
  if (typeof value !== 'object' || value === null) return value
  const text = JSON.stringify(value)
  return text.length > MAX_OBJECT ? text.slice(0, MAX_TEXT) : JSON.parse(text)
}
