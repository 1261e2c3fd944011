import { expect, it } from 'vitest'
import { iterateFrames } from '../../src/event/event.js'
import { callMethod } from '../../src/faces/shared/call-method.js'
import type { EdgesPart } from '../../src/methods/contract/index.js'
import { RawPeer } from '../faces/native/raw-peer.js'
import { EdgeHub, edgeOf, publishLater } from './fixture.js'

const EVERYTHING = { see: '*' as const }

/** The events and notes of a reader that follows, until it is told to leave. */
class Follower implements AsyncDisposable {
  readonly seen: string[] = []
  readonly said: string[] = []
  error: unknown
  /** The reader takes nothing until it resolves. */
  isSlow: Promise<void> | undefined
  readonly #abort = new AbortController()
  readonly #done: Promise<void>

  constructor(core: EdgeHub, edges: string, principal = 'admin') {
    const { access, methods } = core.hub.hub
    const call = {
      principal: access.principal(principal),
      signal: this.#abort.signal,
      part: (part: unknown) => this.#take(part as Partial<EdgesPart>),
    }
    const params = { edges, filters: ['demo/'], follow: true }
    this.#done = callMethod({ methods, authorize: access.authorize }, 'edges.read', params, call).then(
      () => undefined,
      (error) => {
        this.error = error
      },
    )
  }

  async #take({
    frames = new Uint8Array(0),
    asked,
    missing = [],
    back = [],
  }: Partial<EdgesPart>): Promise<void> {
    for (const { tag, attributes } of iterateFrames(frames)) this.seen.push(`${attributes.edge ?? ''} ${tag}`)
    if (asked !== undefined) this.said.push('live')
    await this.isSlow
    this.said.push(
      ...missing.map(({ edge, code }) => `${edge} ${code}`),
      ...back.map((edge) => `${edge} back`),
    )
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#abort.abort()
    await this.#done
  }
}

it('a reader that follows is left without events as soon as its rights are others', async () => {
  const rights = (see: string) => ({ ops: { see: [see], ask: '*' as const } })
  await using core = await EdgeHub.start({ config: { principals: rights('demo/') } })
  await using edge = await edgeOf(core, 'web1')
  await using reader = new Follower(core, 'web1', 'ops')
  await core.until(() => reader.said.includes('live'))
  await edge.publish(1)
  await core.until(() => reader.seen.length === 1)
  core.hub.hub.access.replace(rights('other/'))
  await edge.publish(2)
  await core.until(() => reader.error !== undefined)
  expect(reader.error).toMatchObject({ code: 'TCN_ACCESS_DENIED' })
  expect(reader.seen).toEqual(['web1 demo/1'])
})

it('events of the hub itself are followed too, and those that were forwarded once', async () => {
  await using core = await EdgeHub.start()
  await using edge = await EdgeHub.start()
  edge.forward({ servers: [core.hub.address], edge: 'web1', filter: ['demo/2'], answers: EVERYTHING })
  await core.until(() => core.data('hub/edge/web1').length > 0)
  await using reader = new Follower(core, '@here,web1')
  await core.until(() => reader.said.includes('live'))
  await core.publish(1)
  await core.until(() => reader.seen.length === 1)
  await edge.publish(2)
  await core.until(() => core.numbers.includes(2))
  await core.publish(3)
  await core.until(() => reader.seen.length === 3)
  expect(reader.seen.toSorted()).toEqual([' demo/1', ' demo/3', 'web1 demo/2'])
})

it('events of edge hubs of an edge hub are followed, each once', async () => {
  await using core = await EdgeHub.start()
  await using mid = await edgeOf(core, 'mid', { see: '*', ask: '*' })
  await using one = await edgeOf(mid, 'leaf1')
  await using two = await edgeOf(mid, 'leaf2')
  await one.publish(1)
  await using reader = new Follower(core, 'mid/*')
  await core.until(() => reader.said.includes('live'))
  for (let n = 2; n <= 7; n++) {
    await publishLater(n % 2 === 0 ? two : one, n)
    await core.until(() => reader.seen.length === n)
  }
  expect(reader.seen).toEqual([1, 2, 3, 4, 5, 6, 7].map((n) => `mid/leaf${n % 2 === 0 ? 2 : 1} demo/${n}`))
})

it('a reader that follows asks an edge hub again that has refused or failed', async () => {
  await using core = await EdgeHub.start()
  const peer = new RawPeer(core.hub.address.slice('unix:'.length))
  const edge = { name: 'web1', answers: 'all' as const }
  peer.send('hello', { version: 1, features: ['edge'], producer: 'edge:web1:peerepoch0000', edge })
  await peer.skipTo('welcome')
  const page = { frames: new Uint8Array(0), cursor: 'peerepoch0000-1', gaps: [] }
  const answer = async (reply: object) => {
    const { body } = await peer.skipTo('request')
    peer.send('reply', { id: body.id, ...reply })
  }
  await using reader = new Follower(core, 'web1')
  await answer({ result: page })
  await answer({ error: { code: 'TCN_PROTOCOL_TOO_MANY', message: 'busy' } })
  await core.until(() => reader.said.includes('web1 TCN_PROTOCOL_TOO_MANY'))
  await answer({ result: page })
  await core.until(() => reader.said.includes('web1 back'))
  peer.socket.destroy()
  await core.until(() => reader.said.includes('web1 TCN_EDGE_AWAY'))
})

it('an edge hub that comes back while the reader takes nothing is followed on', async () => {
  await using core = await EdgeHub.start()
  await using edge = await EdgeHub.start()
  const runner = edge.forward({
    servers: [core.hub.address],
    edge: 'web1',
    filter: ['none/'],
    answers: EVERYTHING,
  })
  await core.until(() => core.data('hub/edge/web1').length === 1)
  await using reader = new Follower(core, 'web1')
  await core.until(() => reader.said.includes('live'))
  let goOn = () => {}
  reader.isSlow = new Promise((resolve) => (goOn = resolve))
  await runner.stop()
  await core.until(() => core.data('hub/edge/web1').length === 2)
  runner.start()
  await core.until(() => core.data('hub/edge/web1').length === 3)
  goOn()
  await core.until(() => reader.said.includes('web1 back'))
  await edge.publish(1)
  await core.until(() => reader.seen.includes('web1 demo/1'))
})
