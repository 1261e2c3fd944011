import type { LoginRefusal } from '../../access/access.js'
import { networkOf } from '../../access/network.js'
import type { Peer } from '../../bus/api.js'
import type { Principal } from '../../bus/principal.js'
import { type TocsinError, toTocsinError } from '../../errors/tocsin-error.js'
import { asFields } from '../../event/json/object.js'
import type { Runtime } from '../../event/runtime.js'
import type { ReloadReport } from '../../methods/contract/index.js'
import type { CallOutcome } from '../../methods/method.js'
import type { AuditCause, AuditEvent, AuditObserver } from '../../observers/audit.js'
import { RepeatedEvents } from './repeated-events.js'

/** Longest text of a caller that an event repeats. */
const MAX_TEXT = 256
/** Longest JSON of what a call changed that an event repeats as it is. */
const MAX_OBJECT = 2048

/** Publishes who changed the hub, who was refused, and from where. */
export class Audit {
  readonly #emit: (event: Pick<AuditEvent, 'tag' | 'data'>) => void
  readonly #repeated: RepeatedEvents
  readonly #observers = new Set<AuditObserver>()

  constructor(runtime: Runtime, emit: (event: Pick<AuditEvent, 'tag' | 'data'>) => void) {
    this.#emit = emit
    this.#repeated = new RepeatedEvents(runtime, (event) => void this.#tell(event))
  }

  /** Returns a function that ends it. */
  observe(observer: AuditObserver): () => void {
    this.#observers.add(observer)
    return () => void this.#observers.delete(observer)
  }

  /**
   * A management call has ended. Calls that only look are not reported, unless they were refused. One that has changed
   * something waits for what this returns.
   */
  called(
    { name, principal, address, usid, program, error, changed }: CallOutcome,
    face: string,
  ): Promise<void> | undefined {
    const by = { principal: principal.name, face, address }
    if (error?.code === 'TCN_ACCESS_DENIED' || error?.code === 'TCN_ACCESS_LOCAL') {
      const { right }: { right?: unknown } = error.details ?? {}
      const denied = { ...by, method: name, right, result: error.code }
      this.#repeat('hub/audit/denied', denied, `${principal.name} ${name.slice(0, MAX_TEXT)}`, usid)
    } else if (changed !== undefined) {
      const data = { ...by, method: name, result: error?.code ?? 'ok', message: error?.message, changed }
      if (error === undefined)
        return this.#tell({ tag: tagOf(name), data: shortened(data), usid }, { principal, program })
      this.#repeat(tagOf(name), data, `${principal.name} ${error.code}`, usid)
    }
    return undefined
  }

  /** Reports the outcome of a reload that a signal to this process has started. */
  async reloaded<Report extends ReloadReport>(
    principal: Principal,
    running: Promise<Report>,
  ): Promise<Report> {
    const name = 'hub.reload'
    try {
      const result = await running
      const changed = asFields(result)
      void this.called({ name, principal, changed }, 'signal')
      return result
    } catch (thrown) {
      const error = toTocsinError(thrown, 'TCN_METHOD_FAILED')
      void this.called({ name, principal, error, changed: {} }, 'signal')
      throw thrown
    }
  }

  /** A durable consumer that did not exist was created. */
  consumerCreated(principal: Principal, name: string, peer: Peer = {}): Promise<void> | undefined {
    const method = 'consumers.create'
    const { face, address, usid, program } = peer
    const data = { principal: principal.name, face, address, method, result: 'ok', changed: { name } }
    return this.#tell({ tag: tagOf(method), data: shortened(data), usid }, { principal, program })
  }

  loginRefused({ way, user, address, face, error }: LoginRefusal): void {
    const data = { principal: user, face, address, way, result: error.code, reason: issuerFault(error) }
    const from = address === undefined ? 'local' : networkOf(address)
    this.#repeat('hub/audit/login', data, `${from} ${way} ${error.code}`)
  }

  #tell(event: AuditEvent, cause?: AuditCause): Promise<void> | undefined {
    const { tag, data } = event
    this.#emit({ tag, data })
    const waits = [...this.#observers].flatMap((observer) => observer.audited(event, cause) ?? [])
    return waits.length === 0 ? undefined : Promise.all(waits).then(() => undefined)
  }

  #repeat(tag: string, data: Record<string, unknown>, key: string, usid?: number): void {
    const { method, result } = data
    this.#repeated.add(
      { tag, data: shortened(data), usid },
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
