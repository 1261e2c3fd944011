import { expect, test } from 'vitest'
import { connect } from '../../../src/client/index.js'
import { HubProcess } from '../../e2e/hub-process.js'
import { temporaryFolder } from '../../helpers/temporary-folder.js'
import { eventually } from '../eventually.js'
import { type HttpHub, startHttpHub } from './hub.js'
import { HttpPeer } from './peer.js'

const LANES = 8

function newFolder(): string {
  const folder = temporaryFolder('http-stop')
  return folder
}

/** Publishes one event after another until one is refused. */
async function publishUntilRefused(
  { fetch }: HttpHub,
  lane: number,
  acknowledged: (data: string) => void,
): Promise<void> {
  for (let n = 0; ; n++) {
    const data = `${lane}/${n}`
    const answer = await fetch('/v1/events?ack=durable', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ tag: 'one', data }),
    })
    if (answer.status !== 200) return
    await answer.json()
    acknowledged(data)
  }
}

/** Sends lines indefinitely, until the hub closes the connection. */
class Upload {
  readonly #peer: HttpPeer
  #next = 1

  constructor({ port, token }: HttpHub) {
    this.#peer = new HttpPeer(
      port,
      'POST /v1/events HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/x-ndjson\r\n' +
        `authorization: Bearer ${token}\r\ntransfer-encoding: chunked\r\n\r\n`,
    )
  }

  /** Sends a hundred more lines. */
  send(): void {
    if (!this.#peer.socket.writable) return
    const lines = Array.from(
      { length: 100 },
      () => `${JSON.stringify({ tag: 'bulk', data: this.#next++ })}\n`,
    )
    void this.#peer.writeChunk(lines.join(''))
  }

  /** Returns the hub's summary at the end. */
  async answer(): Promise<Record<string, unknown>> {
    const last = /\{"complete".*\}/.exec(await this.#peer.closed)?.[0]
    return last === undefined ? {} : JSON.parse(last)
  }
}

async function stored(folder: string): Promise<{ one: Set<unknown>; bulk: unknown[] }> {
  await using hub = await HubProcess.start({ folder })
  await using client = await connect({ address: hub.socket })
  const one = new Set<unknown>()
  const bulk: unknown[] = []
  for await (const event of client.read('one').events()) one.add(event.data)
  for await (const event of client.read('bulk').events()) bulk.push(event.data)
  return { one, bulk }
}

test.each(['SIGTERM', 'SIGKILL'] as const)(
  '%s during uploads and streams: no acknowledged event is lost',
  async (signal) => {
    const folder = newFolder()
    await using http = await startHttpHub({ folder })
    const acknowledged: string[] = []
    const stream = new HttpPeer(
      http.port,
      `GET /v1/stream HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${http.token}\r\n\r\n`,
    )
    // No more than the disk can keep up with: everything uploaded is read again, however slow the machine is.
    const upload = new Upload(http)
    const lanes = Array.from({ length: LANES }, (_, lane) =>
      publishUntilRefused(http, lane, (data) => {
        acknowledged.push(data)
        upload.send()
      }).catch(() => undefined),
    )
    await eventually(() => acknowledged.length > 200 && stream.received.includes('"subject":"bulk"'))
    const started = performance.now()
    const { code } = await http.hub.signal(signal)
    expect(performance.now() - started).toBeLessThan(10_000)
    expect(code).toBe(signal === 'SIGTERM' ? 0 : null)
    const answer = await upload.answer()
    await Promise.all([...lanes, stream.closed])

    const { one, bulk } = await stored(folder)
    expect(acknowledged.filter((data) => !one.has(data))).toEqual([])
    expect(bulk).toEqual(Array.from({ length: bulk.length }, (_, n) => n + 1))
    if (signal === 'SIGKILL') return
    expect(answer).toMatchObject({ complete: false, problem: { code: 'TCN_BUS_CLOSED' } })
    expect(bulk.length).toBeGreaterThanOrEqual(answer.accepted as number)
    expect(stream.received).toMatch(/event: end\ndata: \{"code":"STOP"/)
  },
)
