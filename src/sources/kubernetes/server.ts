import type { IncomingMessage } from 'node:http'
import { SecretFile } from '../../config/secret-file.js'
import { parseBounded } from '../../event/json/bounded.js'
import { asFields } from '../../event/json/object.js'
import type { Runtime } from '../../event/runtime.js'
import { getInTime, readBody } from '../../protocols/transport/http-get.js'
import type { KubernetesSourceConfig } from './config.js'

const LONGEST_LIST = 1024 * 1024
/** The server ends a watch after this time, and the source begins the next one, seconds. */
const WATCH_SECONDS = 300

/** The API server of one entry of the configuration. */
export class KubernetesServer {
  readonly #config: KubernetesSourceConfig
  readonly #runtime: Runtime
  readonly #signal: AbortSignal

  /** All requests end with the signal. */
  constructor(config: KubernetesSourceConfig, runtime: Runtime, signal: AbortSignal) {
    this.#config = config
    this.#runtime = runtime
    this.#signal = signal
  }

  /** Resolves with the version of all events of now, from which on they can be watched. */
  async version(): Promise<string> {
    return this.#get({ limit: '1' }, async (answer) => {
      const list = asFields(parseBounded((await readBody(answer, LONGEST_LIST)).toString()))
      const { resourceVersion } = asFields(list.metadata)
      if (typeof resourceVersion !== 'string')
        throw new Error('the server answers without a resource version')
      return resourceVersion
    })
  }

  /** Begins to watch what comes after a version. */
  watch(resourceVersion: string): Promise<IncomingMessage> {
    const wanted = { watch: '1', allowWatchBookmarks: 'true', timeoutSeconds: String(WATCH_SECONDS) }
    return this.#get({ ...wanted, resourceVersion }, async (answer) => answer)
  }

  #url(params: Readonly<Record<string, string>>): URL {
    const { url, namespace, fieldSelector } = this.#config
    const path = namespace === undefined ? 'api/v1/events' : `api/v1/namespaces/${namespace}/events`
    const whole = new URL(path, url.replace(/\/?$/, '/'))
    whole.search = new URLSearchParams({ ...params, ...(fieldSelector && { fieldSelector }) }).toString()
    return whole
  }

  #get<Result>(
    params: Readonly<Record<string, string>>,
    use: (answer: IncomingMessage) => Promise<Result>,
  ): Promise<Result> {
    const { timeout, tls, tokenFile } = this.#config
    const login = () => new SecretFile(tokenFile, this.#runtime).bearer()
    const server = { runtime: this.#runtime, signal: this.#signal, timeout, tls, login }
    return getInTime(server, { url: this.#url(params), accept: 'application/json' }, use)
  }
}
