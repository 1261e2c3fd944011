import { TocsinError } from '../../errors/tocsin-error.js'
import type { DeviceAbilities } from '../../protocols/netconf/client/abilities.js'
import type { NetconfSession } from '../../protocols/netconf/client/session.js'
import {
  establishPush,
  modifyPush,
  type PushRequest,
  readEstablished,
  readId,
  resyncSubscription,
} from '../../protocols/netconf/codec/dynamic-subscription.js'
import { YANG_PUSH } from '../../protocols/netconf/codec/namespaces.js'
import { contentElement } from '../../protocols/netconf/codec/notification.js'
import type { SubscriptionChange } from '../../protocols/netconf/codec/subscription-change.js'
import { childOf, type XmlElement } from '../../protocols/netconf/codec/xml.js'
import type { SourceContext } from '../source.js'
import type { PushConfig } from './config.js'
import { filterOf } from './device-filter.js'

/** A push that is suspended for want of resources is asked for at so much longer periods at most. */
const LONGEST_PERIOD = 16
/** Pause between requests for the whole state, ms. */
const RESYNC_MS = 60_000
const MAX_PERIOD = 4_294_967_295

interface Push {
  readonly config: PushConfig
  request: PushRequest
  /** Why the device pushes nothing at present. */
  suspended?: string
  /** By the monotonic clock, ms. */
  resynced?: number
}

/** The parts of datastores that a device sends by itself (RFC 8641). */
export class Pushes {
  readonly #configs: readonly PushConfig[]
  readonly #context: SourceContext
  readonly #byId = new Map<number, Push>()
  #session: NetconfSession | undefined
  /** Its first content may come with the reply. */
  #beginning: Push | undefined

  constructor(configs: readonly PushConfig[], context: SourceContext) {
    this.#configs = configs
    this.#context = context
  }

  /** Those that the device has suspended, with the reasons. */
  *suspended(): Iterable<[string, string]> {
    for (const { config, suspended } of this.#byId.values())
      if (suspended !== undefined) yield [`push ${config.name} is suspended`, suspended]
  }

  check({ pushes }: DeviceAbilities): void {
    if (this.#configs.length > 0 && !pushes)
      throw new TocsinError('TCN_NETCONF_UNSUPPORTED', 'the device pushes no datastores (RFC 8641)')
  }

  /** One after the other, so that content without a known number belongs to the last one. */
  async establish(session: NetconfSession): Promise<void> {
    this.#session = session
    for (const config of this.#configs) {
      const push = { config, request: requestOf(config) }
      this.#beginning = push
      const id = await this.#request(session, push)
      if (id !== undefined) this.#byId.set(id, push)
      this.#beginning = undefined
    }
  }

  /** The name of the push that the notification is content of, if it is one. */
  nameOf(message: XmlElement): string | undefined {
    const event = contentElement(message)
    if (event?.namespace !== YANG_PUSH) return undefined
    const id = readId(event)
    const push = this.#known(id)
    if (push === undefined) return undefined
    if (childOf(event, 'incomplete-update') !== undefined) this.#incomplete(push, id)
    return push.config.name
  }

  /** Returns whether it was about a push. */
  changed({ kind, id, reason = 'without a reason' }: SubscriptionChange): boolean {
    const push = id === undefined ? undefined : this.#byId.get(id)
    if (push === undefined || id === undefined) return false
    const { name } = push.config
    if (kind === 'completed' || kind === 'terminated')
      this.#context.failed(
        new TocsinError('TCN_NETCONF_CLOSED', `the device has ended the push ${name}: ${reason}`),
      )
    else if (kind === 'suspended') this.#suspend(push, id, reason)
    else if (kind === 'resumed') this.#resume(push, id)
    return true
  }

  #known(id: number | undefined): Push | undefined {
    return (id === undefined ? undefined : this.#byId.get(id)) ?? this.#beginning
  }

  /** A device that needs a longer period names it. */
  async #request(session: NetconfSession, push: Push): Promise<number | undefined> {
    const what = `the push ${push.config.name}`
    try {
      return readEstablished(await session.request(what, establishPush(push.request))).id
    } catch (error) {
      const hint = TocsinError.is(error, 'TCN_NETCONF_REFUSED') ? error.details?.periodHint : undefined
      if (typeof hint !== 'number' || !('period' in push.request.trigger)) throw error
      push.request = { ...push.request, trigger: { period: hint } }
      return readEstablished(await session.request(what, establishPush(push.request))).id
    }
  }

  #incomplete(push: Push, id: number | undefined): void {
    const { runtime } = this.#context
    this.#context.lost(undefined, `the device could not push all of ${push.config.name}`)
    const now = runtime.monotonic()
    if (id === undefined || (push.resynced !== undefined && now - push.resynced < RESYNC_MS)) return
    push.resynced = now
    this.#resync(push, id)
  }

  #suspend(push: Push, id: number, reason: string): void {
    if (push.suspended === undefined)
      this.#context.lost(undefined, `the device has suspended the push ${push.config.name}: ${reason}`)
    push.suspended = reason
    if (reason === 'insufficient-resources') this.#relieve(push, id)
  }

  #resume(push: Push, id: number): void {
    delete push.suspended
    this.#resync(push, id)
  }

  /** Asks for twice the period, with which the device begins again if it can. */
  #relieve(push: Push, id: number): void {
    const { trigger } = push.request
    const wanted = requestOf(push.config).trigger
    if (!('period' in trigger && 'period' in wanted)) return
    const period = trigger.period * 2
    if (period > wanted.period * LONGEST_PERIOD || period > MAX_PERIOD) return
    const request = { ...push.request, trigger: { period } }
    this.#try('a longer period', modifyPush(id, request), () => {
      push.request = request
      delete push.suspended
    })
  }

  /** After changes were left out, the whole state is needed once more; a period brings it anyway. */
  #resync({ request }: Push, id: number): void {
    if ('dampening' in request.trigger) this.#try('the whole state', resyncSubscription(id), () => {})
  }

  /** A request that the device refuses changes nothing. */
  #try(what: string, operation: string, done: () => void): void {
    this.#session?.request(what, operation).then(done, () => {})
  }
}

function requestOf({ datastore, every, dampening, ...config }: PushConfig): PushRequest {
  const { filter = { subtree: '' } } = filterOf(config.filter)
  const trigger = every === undefined ? { dampening: hundredths(dampening) } : { period: hundredths(every) }
  return { datastore, filter, trigger }
}

function hundredths(ms: number): number {
  return Math.max(0, Math.round(ms / 10))
}
