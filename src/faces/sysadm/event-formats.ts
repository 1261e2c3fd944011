import type { Format, Gap } from '../../bus/sink.js'
import { formatCursor } from '../../event/cursor.js'
import { type Event, iterateFrames } from '../../event/event.js'
import { jsonView } from '../../event/json/view.js'
import type { SysadmClass } from '../../protocols/sysadm/codec/classes.js'
import { relayed } from '../../protocols/sysadm/codec/envelope.js'
import { eventTexts, loggedArgs, type Spelling } from '../../protocols/sysadm/codec/spelling.js'
import { EventTexts } from '../web/event-text.js'
import { textFrames } from '../web/websocket/frame.js'

/** The classes to which clients subscribe. `tocsin`: every event of the hub. */
export const subscribable = ['dispatcher', 'life-preserver', 'system-state', 'tocsin'] as const
export type SubscribableClass = (typeof subscribable)[number]

/** The form of the events for one subscriber. */
export interface EventForm {
  /** Id of the relay that is put before every message. */
  relay: string | undefined
  /** True if events name their place in the log, so that the client can continue after it. */
  cursors: boolean
}

export interface EventFormatsOptions {
  spelling: Spelling
  epoch: string
  typeOf: (tag: string) => string
}

/** Writes events for clients of SysAdm. */
export class EventFormats {
  readonly #options: EventFormatsOptions
  readonly #texts: EventTexts
  /** Those of clients without a relay, which all share. */
  readonly #shared = new Map<string, Format>()

  constructor(options: EventFormatsOptions) {
    this.#options = options
    this.#texts = new EventTexts(options)
  }

  of(name: SubscribableClass, form: EventForm): Format {
    const key = `sysadm ${name}${form.cursors ? ' with cursors' : ''} ${form.relay ?? ''}`
    const format = this.#shared.get(key) ?? this.#make(key, name, form)
    if (form.relay === undefined) this.#shared.set(key, format)
    return format
  }

  #make(key: string, name: SubscribableClass, form: EventForm): Format {
    return {
      name: key,
      encode: (frames) => {
        const texts: string[] = []
        for (const event of iterateFrames(frames)) texts.push(...this.texts(name, event, form))
        return textFrames(texts)
      },
    }
  }

  /** Returns the messages for an event: none if clients do not receive it. */
  texts(name: SubscribableClass, event: Event, { relay, cursors }: EventForm): string[] {
    const { spelling, epoch } = this.#options
    if (name === 'tocsin') return [relayed(relay, this.#tocsin(this.#texts.of(event)))]
    const cursor = cursors ? event.cursorIn(epoch) : undefined
    return eventTexts(spelling, name, jsonView(event.data), { cursor }).map((text) => relayed(relay, text))
  }

  /** Returns what the log of the class has for an event; undefined: nothing. */
  logged(name: SysadmClass, { data }: Event): unknown {
    return loggedArgs(this.#options.spelling, name, jsonView(data))
  }

  /** Names the events that a subscriber will not receive. Clients that know only SysAdm ignore the class. */
  gapText(status: Gap, relay: string | undefined): string {
    const { from, to, reason, next } = status
    const gap = { from, to, reason, cursor: formatCursor(this.#options.epoch, next) }
    return relayed(relay, this.#tocsin(JSON.stringify({ gap })))
  }

  #tocsin(args: string): string {
    return this.#options.spelling === 'documented'
      ? `{"namespace":"events","name":"tocsin","id":"none","args":${args}}`
      : `{"args":${args},"id":"","name":"tocsin","namespace":"events"}`
  }
}
