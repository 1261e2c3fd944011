import { expect, test } from 'vitest'
import { type Client, connect } from '../../src/client/index.js'
import { iterateFrames } from '../../src/event/event.js'
import type { EdgesPart, HubStatus } from '../../src/methods/contract/index.js'
import { HubProcess } from '../e2e/hub-process.js'
import { repeats } from '../helpers/repeats.js'
import { eventually } from './eventually.js'

/** EDGE_SEED: repeats the choice of who is killed and when. */
const rounds = repeats(1, 200)
const seed = Number(process.env.EDGE_SEED ?? Math.floor(Math.random() * 2 ** 31))
const EDGES = ['web1', 'web2', 'web3']
const EVENTS = 2_000

/** Numbers below `limit` that a seed determines (Lehmer). */
function chance(): (limit: number) => number {
  let state = (seed % 2147483646) + 1
  return (limit) => {
    state = (state * 48271) % 2147483647
    return state % limit
  }
}

async function publishAll(socket: string): Promise<void> {
  await using client = await connect({ address: socket })
  const events = Array.from({ length: EVENTS }, (_, n) => ({ tag: 'a', data: { n, fill: 'x'.repeat(300) } }))
  await client.publishBatch(events, { ack: 'durable' })
}

async function areAttached(core: HubProcess): Promise<boolean> {
  await using client = await connect({ address: core.socket })
  const { edges = [] } = await client.request<HubStatus>('hub.status')
  return EDGES.every((name) => edges.some((edge) => edge.name === name && edge.state === 'up'))
}

/** Returns whether a hub does nothing for a question any more. */
async function isIdle({ socket }: HubProcess): Promise<boolean> {
  await using client = await connect({ address: socket })
  const { subscribers } = await client.request('subscribers.list', {})
  return subscribers.every(({ label }) => label !== 'events.read')
}

interface Answer {
  readonly seen: ReadonlyMap<string, readonly number[]>
  readonly missing: readonly string[]
  /** True if it has come to its end. */
  readonly isWhole: boolean
}

/** Asks all edge hubs for all events. `atPart` is called with the number of each part. */
async function ask(client: Client, atPart: (nth: number) => void): Promise<Answer> {
  const seen = new Map<string, number[]>(EDGES.map((name) => [name, []]))
  const missing: string[] = []
  let parts = 0
  let isWhole = false
  try {
    const params = { edges: '*', filters: ['a'], timeout: 10_000 }
    for await (const part of client.requestParts('edges.read', params, { timeout: 60_000 })) {
      const { frames = new Uint8Array(0), asked } = part as Partial<EdgesPart>
      for (const { data, attributes } of iterateFrames(frames))
        seen.get(String(attributes.edge))?.push((data as { n: number }).n)
      missing.push(...(asked?.missing ?? []).map(({ edge }) => edge))
      isWhole ||= asked !== undefined
      atPart(parts++)
    }
  } catch {
    // Its connection has ended.
  }
  return { seen, missing, isWhole }
}

function check({ seen, missing, isWhole }: Answer): void {
  for (const [name, numbers] of seen) {
    expect(numbers, `the beginning of ${name}, once and in order`).toEqual(numbers.map((_, n) => n))
    if (isWhole && numbers.length < EVENTS) expect(missing, 'who is missing').toContain(name)
  }
}

test(
  `edge hubs, core and readers that are killed during a question: complete, or named (EDGE_SEED=${seed})`,
  async () => {
    const next = chance()
    let core = await HubProcess.start({})
    const config = (name: string) =>
      `upstreams: [{ name: core, edge: ${name}, servers: ['${core.socket}'], filter: [none], answers: { see: '*', monitor: true } }]\n`
    const hubs = await Promise.all(EDGES.map((name) => HubProcess.start({ config: config(name) })))
    try {
      for (const { socket } of hubs) await publishAll(socket)
      for (let round = 0; round < rounds; round++) {
        await eventually(() => areAttached(core))
        const victim = next(EDGES.length + 2)
        const when = next(6)
        if (victim === EDGES.length + 1) {
          const reader = core.startTocsin(['tail', '--edges', '*', '--from', 'start', 'a', '--fields', 'tag'])
          await reader.until(() => reader.bytes.length > when * 500, 'it has printed enough')
          await reader.signal('SIGKILL')
        } else {
          await using client = await connect({ address: core.socket, reconnect: false })
          const killed = victim === EDGES.length ? core : hubs[victim]
          const ends: Promise<unknown>[] = []
          const answer = await ask(client, (nth) => {
            if (nth === when) ends.push(killed.signal('SIGKILL'))
          })
          check(answer)
          if (ends.length === 0) continue
          await Promise.all(ends)
          const { folder } = killed
          if (killed === core) core = await HubProcess.start({ folder })
          else hubs[victim] = await HubProcess.start({ folder, config: config(EDGES[victim]) })
        }
        for (const hub of [core, ...hubs]) await eventually(() => isIdle(hub))
      }
      await eventually(() => areAttached(core))
      await using client = await connect({ address: core.socket })
      const last = await ask(client, () => {})
      expect(last).toMatchObject({ isWhole: true, missing: [] })
      for (const numbers of last.seen.values()) expect(numbers).toHaveLength(EVENTS)
    } finally {
      for (const hub of [core, ...hubs]) await hub[Symbol.asyncDispose]()
    }
  },
  60_000 + rounds * 60_000,
)
