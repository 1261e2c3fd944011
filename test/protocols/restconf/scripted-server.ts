import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { formatTime, parseTime } from '../../../src/event/position.js'

interface Logged {
  /** µs */
  time: number
  k: number
}

const NOTIFICATIONS = 'urn:ietf:params:xml:ns:netconf:notification:1.0'

/** A server of RESTCONF as RFC 8040 describes it, with a log that may forget and connections that may break. */
export class ScriptedServer {
  #last = 0
  encoding: 'json' | 'xml' = 'json'
  hasReplay = true
  refusesReplay = false
  isReachable = true
  /** Where the streams are read, if it is another server. */
  location: string | undefined
  type = 'text/event-stream'
  /** Each connection is cut after as many bytes. */
  cutAfter = Number.POSITIVE_INFINITY
  /** Notifications in its log. It does not say what it has forgotten. */
  keeps = Number.POSITIVE_INFINITY
  log: Logged[] = []
  created: number
  /** The requests that it got. */
  readonly requests: { path: string; query: URLSearchParams; headers: IncomingMessage['headers'] }[] = []
  readonly #server: Server
  readonly #subscribers = new Set<ServerResponse>()
  readonly #clock: () => number

  /** `clock`: µs since the epoch. */
  constructor(clock = () => Date.now() * 1000) {
    this.#clock = clock
    this.created = this.now
    this.#server = createServer((request, response) => this.#answer(request, response))
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/restconf`
  }

  get subscribers(): number {
    return this.#subscribers.size
  }

  /** Its clock, µs, which never stands still. */
  get now(): number {
    const now = Math.max(this.#clock(), this.#last + 1)
    this.#last = now
    return now
  }

  emit(k: number): void {
    const logged = { time: this.now, k }
    this.log.push(logged)
    if (this.log.length > this.keeps) this.log.shift()
    for (const response of this.#subscribers) this.#send(response, logged)
  }

  /** Sends bytes other than a notification. */
  say(text: string): void {
    for (const response of this.#subscribers) response.write(text)
  }

  drop(): void {
    for (const response of this.#subscribers) response.destroy()
    this.#subscribers.clear()
  }

  forget(): void {
    this.drop()
    this.log = []
    this.created = this.now
  }

  close(): void {
    this.drop()
    this.#server.closeAllConnections()
    this.#server.close()
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const { pathname, searchParams: query } = new URL(request.url ?? '', 'http://localhost')
    this.requests.push({ path: pathname, query, headers: request.headers })
    response.setHeader('date', new Date(this.now / 1000).toUTCString())
    if (!this.isReachable) response.destroy()
    else if (pathname.endsWith(':restconf-state/streams')) this.#list(response)
    else if (pathname === '/streams/NETCONF') this.#subscribe(response, query)
    else response.writeHead(404).end()
  }

  #list(response: ServerResponse): void {
    const location = `${this.location ?? this.url.replace('/restconf', '')}/streams/NETCONF`
    const created = formatTime(this.created)
    response.setHeader('content-type', `application/yang-data+${this.encoding}`)
    const access = [{ encoding: this.encoding, location }]
    const stream = {
      name: 'NETCONF',
      'replay-support': this.hasReplay,
      ...(this.hasReplay && { 'replay-log-creation-time': created }),
      access,
    }
    if (this.encoding === 'json')
      response.end(JSON.stringify({ 'ietf-restconf-monitoring:streams': { stream: [stream] } }))
    else
      response.end(
        `<streams xmlns="urn:ietf:params:xml:ns:yang:ietf-restconf-monitoring"><stream><name>NETCONF</name><replay-support>${this.hasReplay}</replay-support><replay-log-creation-time>${created}</replay-log-creation-time><access><encoding>xml</encoding><location>${location}</location></access></stream></streams>`,
      )
  }

  #subscribe(response: ServerResponse, query: URLSearchParams): void {
    const start = parseTime(query.get('start-time') ?? '')
    if (start !== undefined && (this.refusesReplay || start > this.now)) {
      response.writeHead(400).end()
      return
    }
    response.writeHead(200, { 'content-type': this.type })
    response.flushHeaders()
    response.on('error', () => {})
    response.on('close', () => this.#subscribers.delete(response))
    this.#subscribers.add(response)
    for (const logged of this.log)
      if (start !== undefined && logged.time >= start) this.#send(response, logged)
  }

  #send(response: ServerResponse, { time, k }: Logged): void {
    const at = formatTime(time)
    const json = JSON.stringify({ 'ietf-restconf:notification': { eventTime: at, 'acme:e': { k } } }, null, 2)
    const xml = `<notification xmlns="${NOTIFICATIONS}">\n<eventTime>${at}</eventTime><e xmlns="urn:acme"><k>${k}</k></e></notification>`
    const text = this.encoding === 'json' ? json : xml
    const bytes = Buffer.from(`${text.replace(/^/gm, 'data: ')}\n\n`)
    const room = this.cutAfter - (response.socket?.bytesWritten ?? 0)
    if (room >= bytes.length) response.write(bytes)
    else {
      this.#subscribers.delete(response)
      response.write(bytes.subarray(0, Math.max(0, room)), () => response.destroy())
    }
  }
}
