import { MASK, redacted, shownServer } from '../../config/redaction.js'
import type { SecretFile } from '../../config/secret-file.js'
import type { Event } from '../../event/event.js'
import { jsonView } from '../../event/json/view.js'
import type { Runtime } from '../../event/runtime.js'
import {
  GITHUB_SIGNATURE,
  githubSigning,
  STANDARD_ID,
  STANDARD_SIGNATURE,
  STANDARD_TIME,
  standardSigning,
} from '../../protocols/webhook/signature.js'
import { areShort } from '../event-json.js'
import { bearerHeader } from '../http/bearer.js'
import { HttpClient } from '../http/http-client.js'
import { headerValues, serverAddress, sinkSecret } from '../secret-file.js'
import type { DeliveryPreview, Destination, EventView, SinkWork } from '../sink.js'
import type { WebhookSinkConfig } from './config.js'
import type { FormAddress } from './forms/form.js'
import { type WebhookMessage, WebhookMessages } from './message.js'
import { deliveredBatch } from './refused-items.js'

/** Posts events to a server over HTTP. */
export class WebhookDestination implements Destination {
  readonly #config: WebhookSinkConfig
  readonly #messages: WebhookMessages
  readonly #key: SecretFile | undefined
  readonly #view: EventView
  readonly #runtime: Runtime
  readonly #work: SinkWork
  readonly #url: () => Promise<URL>
  readonly #headers: () => Promise<Record<string, string>>
  readonly #bearer: () => Promise<Record<string, string>>
  readonly #secret: SecretFile | undefined
  readonly #client: HttpClient

  constructor(config: WebhookSinkConfig, view: EventView, runtime: Runtime, work: SinkWork) {
    this.#work = work
    this.#config = config
    this.#messages = new WebhookMessages(config, view)
    this.#key = sinkSecret(config.keyFile, runtime)
    this.#view = view
    this.#runtime = runtime
    this.#url = serverAddress(config.url, runtime)
    this.#headers = headerValues(config.headers, runtime)
    this.#bearer = bearerHeader(config.bearerFile, runtime)
    this.#secret = sinkSecret(config.secretFile, runtime)
    this.#client = new HttpClient(config, runtime)
  }

  async deliver(events: readonly Event[], signal: AbortSignal): Promise<void> {
    const address = { url: await this.#url(), key: (await this.#key?.text()) ?? '' }
    const { url, headers, body } = await this.#message(events, address)
    const secrets = { ...(await this.#bearer()), ...(await this.#signed(events, body)) }
    const all = { ...(await this.#headers()), ...headers, ...secrets }
    const posted = this.#client.post(url, all, body, signal)
    await (this.#config.mode === 'batch' ? deliveredBatch(events, posted) : posted)
  }

  /** Reads no secrets: what would have them is masked. */
  async preview(events: readonly Event[]): Promise<DeliveryPreview> {
    const { url, bearerFile, secretFile, signature } = this.#config
    const shown = shownServer(url)
    const place = new URL(URL.canParse(shown) ? shown : 'http://server.invalid/')
    const { body: given } = this.#config
    const template = given === undefined ? given : redacted([], ['body'], jsonView(given))
    const messages = new WebhookMessages({ ...this.#config, body: template }, this.#view)
    const { headers, body } = await this.#message(events, { url: place, key: MASK }, messages)
    const signed =
      signature === 'github' ? [GITHUB_SIGNATURE] : [STANDARD_ID, STANDARD_TIME, STANDARD_SIGNATURE]
    const secrets = [
      ...Object.keys(this.#config.headers),
      ...(bearerFile === undefined ? [] : ['Authorization']),
      ...(secretFile === undefined ? [] : signed),
    ]
    const masked = Object.fromEntries(secrets.map((name) => [name, MASK]))
    return { url: shown, headers: { ...headers, ...masked }, body: Buffer.concat(body).toString() }
  }

  close(): Promise<void> {
    return this.#client.close()
  }

  #message(
    events: readonly Event[],
    address: FormAddress,
    messages = this.#messages,
  ): Promise<WebhookMessage> {
    return this.#work(messages.of(events, address), areShort(events))
  }

  async #signed([first]: readonly Event[], body: readonly Uint8Array[]): Promise<Record<string, string>> {
    const secret = await this.#secret?.text()
    if (secret === undefined) return {}
    if (this.#config.signature === 'github')
      return { [GITHUB_SIGNATURE]: await this.#work(githubSigning(secret, body), false) }
    const id = first.cursorIn(this.#view.epoch)
    const seconds = Math.floor(this.#runtime.now() / 1e6)
    return {
      [STANDARD_ID]: id,
      [STANDARD_TIME]: String(seconds),
      [STANDARD_SIGNATURE]: await this.#work(standardSigning(secret, id, seconds, body), false),
    }
  }
}
