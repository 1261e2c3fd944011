import type { SubscribeRequest, SubscriptionApi } from '../../bus/api.js'
import type { Principal } from '../../bus/principal.js'
import type { EndReason, Sink, SubscriberStatus } from '../../bus/sink.js'
import { visibleTo } from '../../bus/visible-events.js'
import type { Event } from '../../event/event.js'
import { isObject, own } from '../../event/json/object.js'
import { SysadmError } from '../../protocols/sysadm/codec/errors.js'
import { textFrames } from '../web/websocket/frame.js'
import { type SysadmContext, toSysadmError } from './context.js'
import { type EventForm, type EventFormats, type SubscribableClass, subscribable } from './event-formats.js'
import { filterOf } from './last-events.js'
import type { JobReader } from './waiting-jobs.js'

/** The connection that events go to. */
export interface EventOutput {
  readonly pending: number
  write(frames: Uint8Array): void
  /** Closes the connection. */
  end(reason: string): void
}

/** The events that a client subscribes to. */
export interface EventsAsked {
  /** Known classes, in the order in which the client names them. */
  classes: SubscribableClass[]
  /** Position in the log after which events are delivered. */
  since?: string
  /** For the class `tocsin`. */
  filter?: SubscribeRequest['filters']
  /** True if the client uses the extensions of this hub. */
  isExtended: boolean
}

/**
 * Reads the arguments of subscribe and unsubscribe: a class, a list of classes, or an object with `classes`. Classes
 * that nobody knows are skipped. Throws if there is nothing in it.
 */
export function readEventsAsked(args: unknown): EventsAsked {
  const named = isObject(args) ? own(args, 'classes') : args
  const names = typeof named === 'string' ? [named] : named
  if (!Array.isArray(names) || names.length === 0) throw new SysadmError(400)
  const classes = names.filter((name) => subscribable.includes(name))
  if (!isObject(args)) return { classes, isExtended: false }
  const since = own(args, 'since')
  const filter = own(args, 'filter')
  if ((since !== undefined && typeof since !== 'string') || !isFilter(filter)) throw new SysadmError(400)
  return { classes, since, filter, isExtended: true }
}

function isFilter(filter: unknown): filter is SubscribeRequest['filters'] {
  if (filter === undefined || typeof filter === 'string' || isObject(filter)) return true
  return Array.isArray(filter) && filter.every((each) => typeof each === 'string')
}

export interface SubscriptionsOptions {
  relay: string | undefined
  label: string
}

/** The classes that one peer is subscribed to. */
export class EventSubscriptions implements JobReader {
  readonly #context: SysadmContext
  readonly #output: EventOutput
  readonly #options: SubscriptionsOptions
  readonly #byClass = new Map<SubscribableClass, ClassSubscription>()
  #principal: Principal | undefined

  constructor(context: SysadmContext, output: EventOutput, options: SubscriptionsOptions) {
    this.#context = context
    this.#output = output
    this.#options = options
  }

  /** Subscribes once to each class, and sends the last event of those that have one, every time. */
  async subscribe(principal: Principal, asked: EventsAsked): Promise<void> {
    for (const name of new Set(asked.classes)) {
      const old = this.#byClass.get(name)
      if (old === undefined || asked.isExtended) await this.#replace(name, principal, asked)
      if (name === 'dispatcher') this.#remind(asked)
      if (asked.since === undefined) this.#repeatLast(name, asked)
    }
  }

  unsubscribe({ classes }: EventsAsked): void {
    for (const name of classes) this.#close(name)
  }

  drained(): void {
    for (const each of this.#byClass.values()) each.drained()
  }

  closeAll(): void {
    for (const name of [...this.#byClass.keys()]) this.#close(name)
  }

  /** The old subscription stays if the new one is not possible. */
  async #replace(name: SubscribableClass, principal: Principal, asked: EventsAsked): Promise<void> {
    const { relay, label } = this.#options
    const { host, formats } = this.#context
    this.#principal = principal
    const added = new ClassSubscription(this.#output, formats, relay)
    const old = this.#byClass.get(name)
    this.#byClass.set(name, added)
    const request: SubscribeRequest = {
      filters: name === 'tocsin' ? asked.filter : filterOf(name),
      from: asked.since,
      label: `${label} ${name}`,
      format: formats.of(name, this.#formOf(asked)),
    }
    try {
      added.opened(await host.bus.subscribe(principal, request, added))
      old?.close()
    } catch (error) {
      if (this.#byClass.get(name) !== added) old?.close()
      else if (old === undefined) this.#byClass.delete(name)
      else this.#byClass.set(name, old)
      throw toSysadmError(error)
    }
  }

  #repeatLast(name: SubscribableClass, asked: EventsAsked): void {
    const { formats, last } = this.#context
    const event = last.of(name)
    if (event === undefined || !this.#byClass.has(name)) return
    this.#output.write(textFrames(formats.texts(name, event, this.#formOf(asked))))
  }

  /** Jobs that wait are repeated, except to clients that use the extensions of this hub. */
  #remind({ isExtended }: EventsAsked): void {
    const { waitingJobs } = this.#context
    if (isExtended || !this.#byClass.has('dispatcher')) waitingJobs?.remove(this)
    else waitingJobs?.add(this)
  }

  #formOf({ isExtended }: EventsAsked): EventForm {
    return { relay: this.#options.relay, cursors: isExtended }
  }

  #close(name: SubscribableClass): void {
    this.#byClass.get(name)?.close()
    this.#byClass.delete(name)
    if (name === 'dispatcher') this.#context.waitingJobs?.remove(this)
  }

  // ---- for the jobs that wait

  get relay(): string | undefined {
    return this.#options.relay
  }

  get pending(): number {
    return this.#output.pending
  }

  maySee({ bytes, at }: Event): boolean {
    const { access } = this.#context.host
    const principal = this.#principal
    if (principal === undefined || access.level(principal, 'sysadm') === undefined) return false
    return visibleTo(access.authorize, principal).matches(bytes, at)
  }

  write(frames: Uint8Array): void {
    this.#output.write(frames)
  }
}

/** One subscription of the bus, which may be closed before it is open. */
class ClassSubscription implements Sink {
  readonly #output: EventOutput
  readonly #formats: EventFormats
  readonly #relay: string | undefined
  #subscription: SubscriptionApi | undefined
  #isClosed = false

  constructor(output: EventOutput, formats: EventFormats, relay: string | undefined) {
    this.#output = output
    this.#formats = formats
    this.#relay = relay
  }

  opened(subscription: SubscriptionApi): void {
    if (this.#isClosed) {
      subscription.close()
      return
    }
    this.#subscription = subscription
    // The output may have drained before the subscription was known.
    if (this.pending === 0) subscription.drained()
  }

  drained(): void {
    this.#subscription?.drained()
  }

  close(): void {
    this.#isClosed = true
    this.#subscription?.close()
    this.#subscription = undefined
  }

  get pending(): number {
    return this.#output.pending
  }

  write(pieces: readonly Uint8Array[]): void {
    if (this.#isClosed) return
    for (const piece of pieces) if (piece.length > 0) this.#output.write(piece)
  }

  status(status: SubscriberStatus): void {
    if (status.type !== 'gap' || this.#isClosed) return
    this.#output.write(textFrames([this.#formats.gapText(status, this.#relay)]))
  }

  end({ code }: EndReason): void {
    if (!this.#isClosed) this.#output.end(code)
  }
}
