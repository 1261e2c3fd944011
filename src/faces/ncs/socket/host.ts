import type { BusApi } from '../../../bus/api.js'
import type { Authorize } from '../../../bus/principal.js'
import { encodeFrame, Flag } from '../../../event/frame.js'
import { encode } from '../../../event/msgpack/encoder.js'
import type { Runtime } from '../../../event/runtime.js'
import type { NotificationDemand } from '../../../observers/notification-demand.js'
import { madeEvent } from '../../../protocols/ncs/notifications/event.js'
import { kindOfNotification } from '../../../protocols/ncs/notifications/kinds.js'
import type { NcsNotification } from '../../../protocols/ncs/notifications/notification.js'
import { NotificationStreams, type NotificationStreamsOptions } from '../stream/stream-host.js'
import { TimerWheel } from './timer-wheel.js'

/** Subscribers whose beats are due within this time share the bytes, ms. */
const SHARED_FOR = 10
/** A check is made once for all subscribers that want it within this time, ms. */
const CHECKED_FOR = 500

export interface NcsHostOptions extends Omit<NotificationStreamsOptions, 'frameOf'> {
  /** The types that somebody reads. */
  readonly demand?: NotificationDemand
  /** Rejects if log, bus or faces do not work. */
  readonly probe: () => Promise<void>
}

/** The objects that all notification sockets of a hub share. */
export class NcsHost {
  readonly wheel: TimerWheel
  readonly bus: BusApi
  readonly runtime: Runtime
  readonly authorize: Authorize
  readonly demand: NotificationDemand | undefined
  readonly streams: NotificationStreams
  readonly #source: string
  readonly #probe: () => Promise<void>
  readonly #frames = new Map<number, { at: number; frame: Uint8Array }>()
  #checked = Number.NEGATIVE_INFINITY
  #checking: Promise<boolean> | undefined

  constructor(options: NcsHostOptions) {
    this.bus = options.bus
    this.runtime = options.runtime
    this.authorize = options.authorize
    this.demand = options.demand
    this.wheel = new TimerWheel(options.runtime)
    this.#source = options.source
    this.#probe = options.probe
    this.streams = new NotificationStreams({ ...options, frameOf: this.frameOf.bind(this) })
  }

  now(): number {
    return this.runtime.monotonic()
  }

  /** The frame of a notification that is made for subscribers and not logged. */
  frameOf(notification: NcsNotification): Uint8Array {
    const { tag, kind, data } = madeEvent(kindOfNotification(notification), notification)
    const parts = { tag, kind, body: encode(data), source: this.#source, flags: Flag.synthetic }
    return encodeFrame({ ...parts, time: this.runtime.now() })
  }

  /** The frame of a notification that has no payload. */
  beat(type: NcsNotification['type']): Uint8Array {
    const known = this.#frames.get(type)
    const at = this.now()
    if (known !== undefined && at - known.at < SHARED_FOR) return known.frame
    const frame = this.frameOf({ type } as NcsNotification)
    this.#frames.set(type, { at, frame })
    return frame
  }

  /** Resolves to whether log, bus and faces work. */
  healthy(): Promise<boolean> {
    if (this.#checking === undefined || this.now() - this.#checked > CHECKED_FOR) {
      this.#checked = Number.POSITIVE_INFINITY
      this.#checking = this.#probe()
        .then(
          () => true,
          () => false,
        )
        .finally(() => {
          this.#checked = this.now()
        })
    }
    return this.#checking
  }

  async close(): Promise<void> {
    this.wheel.close()
    await this.streams[Symbol.asyncDispose]()
  }
}
