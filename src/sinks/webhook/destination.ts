import type { SecretFile } from '../../config/secret-file.js'
import type { Event } from '../../event/event.js'
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
import type { Destination, EventView, SinkWork } from '../sink.js'
import { cloudEventMessage } from './cloudevent-message.js'
import type { WebhookSinkConfig } from './config.js'

/** Posts events to a server over HTTP. */
export class WebhookDestination implements Destination {
  readonly #config: WebhookSinkConfig
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
    this.#view = view
    this.#runtime = runtime
    this.#url = serverAddress(config.url, runtime)
    this.#headers = headerValues(config.headers, runtime)
    this.#bearer = bearerHeader(config.bearerFile, runtime)
    this.#secret = sinkSecret(config.secretFile, runtime)
    this.#client = new HttpClient(config, runtime)
  }

  async deliver(events: readonly Event[], signal: AbortSignal): Promise<void> {
    const message = cloudEventMessage(events, this.#config.mode, this.#view)
    const { headers, body } = await this.#work(message, areShort(events))
    const secrets = { ...(await this.#bearer()), ...(await this.#signed(events, body)) }
    const all = { ...(await this.#headers()), ...headers, ...secrets }
    await this.#client.post(await this.#url(), all, body, signal)
  }

  close(): Promise<void> {
    return this.#client.close()
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
