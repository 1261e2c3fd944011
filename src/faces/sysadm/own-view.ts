import type { SubscriptionApi } from '../../bus/api.js'
import type { Sink } from '../../bus/sink.js'
import { type Event, iterateFrames } from '../../event/event.js'
import { SYSADM_TAGS } from '../../protocols/sysadm/codec/classes.js'
import type { FaceHost } from '../face.js'
import { callMethod } from '../shared/call-method.js'

/** The name under which the face itself looks at events and jobs. No principal of the configuration can have it. */
const OWN_NAME = 'sysadm/face'

/** The view of the face itself on the hub, which only reads: everything of SysAdm, which all its clients may see. */
export class OwnView {
  readonly #host: FaceHost
  readonly #subscriptions: SubscriptionApi[] = []
  readonly #closing = new AbortController()

  constructor(host: FaceHost) {
    this.#host = host
    // Jobs of others are shown to `admin` alone.
    host.access.grant(OWN_NAME, { see: [SYSADM_TAGS], admin: true })
  }

  /** Calls `seen` for each event from now on; the event is valid only during the call. */
  async follow(filters: string, seen: (event: Event) => void): Promise<void> {
    const sink: Sink = {
      pending: 0,
      write(pieces: readonly Uint8Array[]) {
        for (const piece of pieces) for (const event of iterateFrames(piece)) seen(event)
      },
      status: () => {},
      end: () => {},
    }
    const { access, bus } = this.#host
    const request = { filters, label: `sysadm ${filters}` }
    this.#subscriptions.push(await bus.subscribe(access.principal(OWN_NAME), request, sink))
  }

  /** Calls a method that reads something. Rejects with a TocsinError. */
  async read<Result>(name: string, params: object): Promise<Result> {
    const { methods, access } = this.#host
    const call = { principal: access.principal(OWN_NAME), signal: this.#closing.signal, part: async () => {} }
    return (await callMethod({ methods, authorize: access.authorize }, name, params, call)) as Result
  }

  close(): void {
    this.#closing.abort()
    for (const subscription of this.#subscriptions) subscription.close()
  }
}
