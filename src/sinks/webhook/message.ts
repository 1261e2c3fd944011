import type { Event } from '../../event/event.js'
import { jsonView } from '../../event/json/view.js'
import type { Template } from '../../types/template.js'
import type { EventView } from '../sink.js'
import { cloudEventMessage, type Message } from './cloudevent-message.js'
import type { WebhookSinkConfig } from './config.js'
import { type Facts, factsOf } from './facts.js'
import type { Form, FormAddress } from './forms/form.js'
import { forms } from './forms/index.js'
import { compileBody, templateBody } from './template-body.js'

const JSON_BODY = 'application/json'
const TEXT_BODY = 'text/plain; charset=utf-8'

export interface WebhookMessage extends Message {
  url: URL
}

/** Makes what a webhook posts, without the headers that come from its settings. */
export class WebhookMessages {
  readonly #config: WebhookSinkConfig
  readonly #view: EventView
  readonly #template: Template | undefined

  constructor(config: WebhookSinkConfig, view: EventView) {
    this.#config = config
    this.#view = view
    this.#template = config.body === undefined ? undefined : compileBody(jsonView(config.body))
  }

  /** The message in steps. */
  *of(events: readonly Event[], address: FormAddress): Generator<undefined, WebhookMessage> {
    const { form, mode } = this.#config
    if (form !== undefined) return yield* this.#formed(forms[form], events, address)
    if (this.#template !== undefined) return this.#filled(this.#template, events[0], address.url)
    return { url: address.url, ...(yield* cloudEventMessage(events, mode, this.#view)) }
  }

  *#formed(form: Form, events: readonly Event[], address: FormAddress): Generator<undefined, WebhookMessage> {
    const facts: Facts[] = []
    for (const event of events) {
      facts.push(factsOf(event, this.#view))
      yield
    }
    const { url, headers, body } = form.request(facts, address)
    return {
      url,
      headers: { 'Content-Type': JSON_BODY, ...headers },
      body: [Buffer.from(JSON.stringify(body))],
    }
  }

  #filled(template: Template, event: Event, url: URL): WebhookMessage {
    const isText = typeof this.#config.body === 'string'
    const type = this.#config.contentType ?? (isText ? TEXT_BODY : JSON_BODY)
    const body = templateBody(template, isText, event, this.#view)
    return { url, headers: { 'Content-Type': type }, body: [Buffer.from(body)] }
  }
}
