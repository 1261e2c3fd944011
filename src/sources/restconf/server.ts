import type { IncomingMessage } from 'node:http'
import { SecretFile } from '../../config/secret-file.js'
import { parseStrictJson } from '../../event/json/strict.js'
import { formatTime } from '../../event/position.js'
import type { Runtime } from '../../event/runtime.js'
import { finished } from '../../incremental/steps.js'
import { readXml } from '../../protocols/netconf/codec/xml.js'
import {
  type Encoding,
  encodings,
  type RestconfStream,
  readJsonStreams,
  readXmlStreams,
  STREAMS_PATH,
} from '../../protocols/restconf/codec/streams.js'
import { getInTime, readBody } from '../../protocols/transport/http-get.js'
import type { RestconfSourceConfig } from './config.js'

/** Bytes of the list of streams, which is read at once. */
const LONGEST_LIST = 128 * 1024
const LISTS = 'application/yang-data+json, application/yang-data+xml;q=0.9'

export interface OpenedStream {
  readonly encoding: Encoding
  readonly answer: IncomingMessage
  /** The clock of the server, µs since the epoch. */
  readonly time: number
}

/** The server of one entry of the configuration. */
export class RestconfServer {
  readonly #config: RestconfSourceConfig
  readonly #runtime: Runtime
  readonly #signal: AbortSignal
  readonly #root: URL

  /** All requests end with the signal. */
  constructor(config: RestconfSourceConfig, runtime: Runtime, signal: AbortSignal) {
    this.#config = config
    this.#runtime = runtime
    this.#signal = signal
    const { href } = new URL(config.url)
    this.#root = new URL(new URL(href).pathname === '/' ? 'restconf/' : href.replace(/\/?$/, '/'), href)
  }

  /** Rejects if the server does not have the stream. */
  async stream(): Promise<RestconfStream> {
    const { stream: wanted } = this.#config
    const streams = await this.#get(new URL(STREAMS_PATH, this.#root), LISTS, readList)
    const found = streams.find(({ name }) => name === wanted)
    if (found !== undefined) return found
    const names = streams.map(({ name }) => name).join(', ')
    throw new Error(`the server has no stream ${wanted}; it has ${names || 'none'}`)
  }

  /** Begins to read it. `start`: what came since then is sent first. */
  async open(stream: RestconfStream, start: number | undefined): Promise<OpenedStream> {
    const { encoding, location } = this.#locationOf(stream)
    // The name of the host may be another one within the network of the server. The login is for the configured one.
    const there = new URL(location, this.#root)
    const url = new URL(`${there.pathname}${there.search}`, this.#root)
    if (start !== undefined) url.searchParams.set('start-time', formatTime(start))
    if (this.#config.filter !== undefined) url.searchParams.set('filter', this.#config.filter)
    return this.#get(url, 'text/event-stream', async (answer) => {
      const type = answer.headers['content-type'] ?? 'nothing'
      if (!/^text\/event-stream\b/i.test(type))
        throw new Error(`the server sends ${type}, not text/event-stream`)
      const date = Date.parse(answer.headers.date ?? '')
      return { encoding, answer, time: Number.isNaN(date) ? this.#runtime.now() : date * 1000 }
    })
  }

  #locationOf({ name, locations }: RestconfStream): { encoding: Encoding; location: string } {
    const { encoding: wanted } = this.#config
    const allowed = wanted === 'auto' ? encodings : [wanted]
    for (const encoding of allowed) {
      const location = locations.get(encoding)
      if (location !== undefined && URL.canParse(location, this.#root)) return { encoding, location }
    }
    throw new Error(
      `the server offers the stream ${name} in ${[...locations.keys()].join(', ') || 'no encoding'}`,
    )
  }

  /** `use` may take as long as the answer, unless it returns the answer itself. */
  #get<Result>(url: URL, accept: string, use: (answer: IncomingMessage) => Promise<Result>): Promise<Result> {
    const { timeout, tls } = this.#config
    const login = () => this.#login()
    const server = { runtime: this.#runtime, signal: this.#signal, timeout, tls, login }
    return getInTime(server, { url, accept }, use)
  }

  async #login(): Promise<Record<string, string>> {
    const { user, passwordFile, tokenFile } = this.#config
    if (tokenFile !== undefined) return new SecretFile(tokenFile, this.#runtime).bearer()
    if (user === undefined || passwordFile === undefined) return {}
    const password = await new SecretFile(passwordFile, this.#runtime).text()
    return { Authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` }
  }
}

async function readList(answer: IncomingMessage): Promise<RestconfStream[]> {
  const body = await readBody(answer, LONGEST_LIST)
  const isXml = /\bxml\b/i.test(answer.headers['content-type'] ?? '')
  return isXml ? readXmlStreams(finished(readXml(body))) : readJsonStreams(parseStrictJson(body.toString()))
}
