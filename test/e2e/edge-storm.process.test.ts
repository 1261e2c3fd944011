import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { connect, type Event } from '../../src/client/index.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'
import { freePorts } from '../hub/live-hub.js'
import { EdgeHub, range } from '../upstream/fixture.js'
import { HubProcess } from './hub-process.js'

const EDGES = 50
const EACH = 20
/** µs */
const SLICE = 250_000

test('50 edge hubs come back spread after their core was killed, and nothing is lost or doubled', async () => {
  const folder = temporaryFolder('storm')
  mkdirSync(join(folder, 'core'), { mode: 0o700 })
  const [port] = await freePorts(1)
  const config = `listen: { tcp: 127.0.0.1:${port} }\n`
  const startCore = () => HubProcess.start({ folder: join(folder, 'core'), config })
  let core = await startCore()
  onTestFinished(() => core[Symbol.asyncDispose]())
  const tokenFile = join(folder, 'token')
  await core.tocsin(['token', 'add', 'edges', '--publish', '*', '--produce', 'demo/', '--output', tokenFile])

  const hubs: EdgeHub[] = []
  onTestFinished(async () => void (await Promise.all(hubs.map((hub) => hub[Symbol.asyncDispose]()))))
  for (let n = 0; n < EDGES; n++) {
    const hub = await EdgeHub.start()
    hub.forward({ servers: [`tcp://127.0.0.1:${port}`], edge: `e${n}`, tokenFile })
    hubs.push(hub)
  }
  const publish = (from: number) => Promise.all(hubs.map((hub) => hub.publishMany(EACH, from)))
  await publish(1)
  await core.signal('SIGKILL')
  await publish(EACH + 1)
  core = await startCore()
  await publish(2 * EACH + 1)

  const client = await connect({ address: core.socket, token: '' })
  const events: Event[] = []
  const reading = (async () => {
    for await (const event of client.subscribe([], { from: 'start' }).events()) events.push(event.detach())
  })().catch(() => {})
  const stored = () => events.filter(({ tag }) => tag.startsWith('demo/'))
  await vi.waitUntil(() => stored().length >= EDGES * EACH * 3, { timeout: 30_000, interval: 20 })
  await client.close()
  await reading

  const byEdge = grouped(stored(), ({ attributes }) => attributes.tocsinpath)
  expect(byEdge.size).toBe(EDGES)
  for (const own of byEdge.values())
    expect(own.map(({ data }) => (data as { n: number }).n)).toEqual(range(3 * EACH))

  const restart = events.findLast(({ tag }) => tag === 'hub/started')!
  const back = events.filter(({ tag, seq }) => tag.startsWith('hub/edge/') && seq > restart.seq)
  expect(new Set(back.map(({ tag }) => tag)).size).toBe(EDGES)
  const slices = grouped(back, ({ time }) => Math.floor((time - restart.time) / SLICE))
  expect(Math.max(...[...slices.values()].map(({ length }) => length))).toBeLessThan(EDGES / 2)
})

function grouped<Item, Key>(items: readonly Item[], keyOf: (item: Item) => Key): Map<Key, Item[]> {
  const groups = new Map<Key, Item[]>()
  for (const item of items) {
    const key = keyOf(item)
    groups.set(key, [...(groups.get(key) ?? []), item])
  }
  return groups
}
