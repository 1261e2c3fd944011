import { once } from 'node:events'
import { connect as dial, type Socket } from 'node:net'
import { expect, test, vi } from 'vitest'
import { type Client, connect } from '../../src/client/index.js'
import type { GapInfo } from '../../src/methods/contract/index.js'
import { HubProcess } from '../e2e/hub-process.js'
import { repeats } from '../helpers/repeats.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'
import { freePorts } from '../hub/live-hub.js'

const KILLS = repeats(2, 10)
const EACH = 500
/** The more is sent while a busy machine starts the hub, the more is read, ms. */
const PATIENCE_MS = 180_000 + KILLS * 60_000

/**
 * Syslog has no acknowledgements, so that what is on its way when a hub is killed is lost. What can be promised: of each
 * connection the hub has the beginning, without holes and without repetitions.
 */
test('a hub killed while it receives syslog over TCP has the beginning of each connection, once, and listens again', {
  timeout: PATIENCE_MS,
}, async () => {
  const folder = temporaryFolder('syslog-kill')
  const [port] = await freePorts(1)
  const syslog = [{ name: 't', tcp: `127.0.0.1:${port}`, zone: 'UTC' }]
  const options = {
    folder,
    sources: true,
    config: JSON.stringify({ sources: { system: { enabled: false }, syslog } }),
  }
  /** What was on disk before each kill, with its place in the log. */
  const durable: Stored[] = []
  for (let kill = 1; kill <= KILLS; kill++) {
    await using hub = await HubProcess.start(options)
    await using client = await connect({ address: hub.socket })
    const { last } = await client.request('log.info', {})
    const sender = await Sender.to(port, kill)
    await vi.waitFor(
      async () => expect((await client.request('log.info', {})).last).toBeGreaterThan(last + 2 * EACH),
      { interval: 100 },
    )
    const before = await storedOf(client)
    expect(before.filter(({ connection }) => connection === kill).length).toBeGreaterThan(EACH)
    await client.publish('settled', kill, { ack: 'durable' })
    durable.push(...before.slice(durable.length))
    await hub.signal('SIGKILL')
    await sender.ended
  }

  await using hub = await HubProcess.start(options)
  await using client = await connect({ address: hub.socket })
  const last = await Sender.to(port, KILLS + 1)
  await last.stop()
  const stored = await vi.waitFor(
    async () => {
      const found = await storedOf(client)
      expect(found.filter(({ connection }) => connection === KILLS + 1)).toHaveLength(last.sent)
      return found
    },
    { interval: 500 },
  )
  for (let connection = 1; connection <= KILLS + 1; connection++) {
    const numbers = stored.filter((each) => each.connection === connection).map(({ number }) => number)
    expect(numbers).toEqual(numbers.map((_, i) => i + 1))
  }
  expect(stored).toEqual(expect.arrayContaining(durable))
  await expectAdmitted(client)
})

interface Stored {
  cursor: string
  connection: number
  number: number
}

/** The messages in the log, in order. */
async function storedOf(client: Client): Promise<Stored[]> {
  const stored = []
  for await (const { cursor, data } of client.read('syslog/t/').events()) {
    const { message } = data as { message: string }
    const [from, number] = message.split('/').map(Number)
    stored.push({ cursor, connection: from, number })
  }
  return stored
}

/** The hub says after each kill that events may be missing, and does not count what it cannot know. */
async function expectAdmitted(client: Client): Promise<void> {
  const crashes = []
  for await (const { data } of client.read('hub/crashed').events()) crashes.push(data)
  expect(crashes).toHaveLength(KILLS)
  const { gaps } = await client.request<{ gaps: GapInfo[] }>('gaps.list', {})
  expect(gaps.filter(({ reason }) => reason === 'lost-in-crash')).toHaveLength(KILLS)
  expect(gaps.every(({ count }) => count === null)).toBe(true)
  const { sources } = await client.request('sources.list', {})
  expect(sources).toMatchObject([{ name: 'syslog/t', state: 'up', lost: 0 }])
}

/** Sends numbered messages until it is stopped, or the hub has gone. */
class Sender {
  sent = 0
  readonly ended: Promise<void>
  readonly #socket: Socket
  readonly #connection: number
  #stopped = false

  private constructor(socket: Socket, connection: number) {
    this.#socket = socket
    this.#connection = connection
    this.ended = new Promise((resolve) => socket.once('close', () => resolve()))
    socket.on('error', () => {})
    this.#send()
  }

  static async to(port: number, connection: number): Promise<Sender> {
    const socket = dial(port, '127.0.0.1')
    await once(socket, 'connect')
    return new Sender(socket, connection)
  }

  async stop(): Promise<void> {
    this.#stopped = true
    this.#socket.end()
    await this.ended
  }

  #send(): void {
    if (this.#stopped || this.#socket.destroyed) return
    const text = Array.from({ length: 10 }, () => `<13>1 - vm app - - - ${this.#connection}/${++this.sent}\n`)
    if (this.#socket.write(text.join(''))) setTimeout(() => this.#send(), 1)
    else this.#socket.once('drain', () => this.#send())
  }
}
