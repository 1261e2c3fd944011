import { type ClientRequest, request } from 'node:http'
import { serveCalls } from '../harness/child.js'
import { seconds } from '../harness/clock.js'
import { sample, sampleTag } from '../harness/sample-event.js'

const EVENTS = 4096

let body: Buffer
let options: { port: number; token: string }

/** Sends the same lines repeatedly in one request: creating them is not part of the row. */
serveCalls({
  async start(given: { port: number; token: string }) {
    options = given
    body = Buffer.from(
      Array.from(
        { length: EVENTS },
        (_, n) => `${JSON.stringify({ tag: sampleTag(n), data: sample(n) })}\n`,
      ).join(''),
    )
  },
  /** Events per second, from the first line sent to the answer. */
  async measure(length: number) {
    const startedAt = seconds()
    const { accepted, asked } = await send(startedAt + length)
    if (accepted !== asked) throw new Error(`${accepted} of ${asked} events were taken`)
    return accepted / (seconds() - startedAt)
  },
})

async function send(until: number): Promise<{ accepted: number; asked: number }> {
  const { port, token } = options
  const outgoing = request({
    port,
    host: '127.0.0.1',
    path: '/v1/events',
    method: 'POST',
    headers: { 'content-type': 'application/x-ndjson', authorization: `Bearer ${token}` },
  })
  const answered = answer(outgoing)
  let asked = 0
  while (seconds() < until) {
    asked += EVENTS
    if (!outgoing.write(body)) await new Promise((resolve) => outgoing.once('drain', resolve))
  }
  outgoing.end()
  return { accepted: (await answered).accepted, asked }
}

function answer(outgoing: ClientRequest): Promise<{ accepted: number }> {
  return new Promise((resolve, reject) => {
    outgoing.on('error', reject)
    outgoing.on('response', (response) => {
      let text = ''
      response.on('data', (chunk) => {
        text += chunk
      })
      response.on('end', () => resolve(JSON.parse(text.trim().split('\n').at(-1)!)))
    })
  })
}
