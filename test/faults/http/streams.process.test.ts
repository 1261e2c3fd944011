import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { type HubProcess, Running } from '../../e2e/hub-process.js'
import { eventually } from '../eventually.js'
import { Pair } from '../pair.js'
import { startHttpHub } from './hub.js'
import { HttpPeer } from './peer.js'

const CROWD = 10_000
const KiB = 2 ** 10
const MiB = 2 ** 20
const manyFiles = ['sh', '-c', `ulimit -n ${CROWD + 2000} && exec "$0" "$@"`]

/** Returns the anonymous memory of the hub, without mapped files. */
function ownMemory({ pid }: HubProcess): number {
  const kib = /^RssAnon:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
  return Number(kib) * 1024
}

test(`${CROWD} idle streams cost other clients nothing, and the hub little memory`, {
  timeout: 120_000,
}, async () => {
  await using http = await startHttpHub({ wrapper: manyFiles })
  const { hub, port, token } = http
  await using pair = await Pair.open(hub.socket)
  const before = ownMemory(hub)
  const script = fileURLToPath(new URL('crowd.mjs', import.meta.url))
  const command = [...manyFiles, process.execPath, script, String(port), String(CROWD), token]
  const crowd = new Running(command[0], command.slice(1))
  await pair.during(crowd.prints('ready'))
  const status = await pair.client.request<{ subscribers: number }>('hub.status')
  expect(status.subscribers).toBe(CROWD + 1)
  expect(ownMemory(hub) - before).toBeLessThan(64 * MiB + CROWD * 16 * KiB)
  for (let n = 0; n < 20; n++) await pair.roundTrip()
  expect((await http.fetch('/v1/info')).status).toBe(200)
  await pair.during(crowd.signal('SIGKILL'))
  const subscribers = async () =>
    (await pair.client.request<{ subscribers: number }>('hub.status')).subscribers
  await pair.during(eventually(async () => (await subscribers()) === 1))
})

test('streams and reads that nobody takes use little memory, and do not delay the end of the hub', {
  timeout: 60_000,
}, async () => {
  await using http = await startHttpHub()
  const { hub, port, token } = http
  await using pair = await Pair.open(hub.socket)
  const head = `HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${token}\r\n`
  const stuck = [
    `GET /v1/stream?filter=load/ ${head}\r\n`,
    `GET /v1/stream?filter=load/&from=start ${head}\r\n`,
    `GET /v1/events?filter=load/ ${head}accept: application/x-ndjson\r\n\r\n`,
  ]
  const load = async () => {
    const batch = new Array(20).fill({ tag: 'load/event', data: 'x'.repeat(100_000) })
    for (let n = 0; n < 20; n++) await pair.client.publishBatch(batch, { ack: 'durable' })
  }
  await pair.during(load())
  const peers = stuck.map((request) => {
    const peer = new HttpPeer(port, request)
    peer.socket.pause()
    return peer
  })
  await pair.during(load())
  const before = ownMemory(hub)
  for (let n = 0; n < 4; n++) await pair.during(load())
  expect(ownMemory(hub) - before).toBeLessThan(64 * MiB)
  const started = performance.now()
  expect(await hub.stop()).toMatchObject({ code: 0 })
  expect(performance.now() - started).toBeLessThan(10_000)
  for (const { socket } of peers) socket.destroy()
})
