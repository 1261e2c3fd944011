import { describe, expect, it } from 'vitest'
import { masterSockets } from '../../../src/protocols/salt/codec/sockets.js'
import { saltFrame } from '../../faces/salt/bus/fixture.js'
import { dial, RawSubscriber, write } from '../../faces/salt/bus/raw-salt.js'
import { temporaryFolder } from '../../helpers/temporary-folder.js'
import { Attached } from './attached.js'
import { PythonBus } from './python-bus.js'

const stamped = (n: number) => ({ n, _stamp: `2026-11-20T04:42:33.${String(100_000 + n)}` })

/** A hub whose own bus shows all events, and the events of its log that are not about the hub itself. */
class Showing implements AsyncDisposable {
  readonly attached: Attached
  readonly #folder: string

  private constructor(attached: Attached, folder: string) {
    this.attached = attached
    this.#folder = folder
  }

  static async start(sockDir: string): Promise<Showing> {
    const salt = [{ bus: 'own', sockDir, show: ['*'] }]
    return new Showing(await Attached.startWith({ listen: { http: 'off' }, salt }), sockDir)
  }

  async attachTo(sockDir: string, fire: string[]): Promise<void> {
    this.attached.attach({ name: 'other', sockDir, fire })
    await this.attached.until(() => this.attached.states('other').includes('up'))
  }

  /** Fires an event like a Salt program. */
  async fire(tag: string, data: unknown): Promise<void> {
    const socket = await dial(masterSockets(this.#folder).pull)
    await write(socket, saltFrame(tag, data))
    socket.end()
  }

  count(tag: string): number {
    return this.attached.events.filter((event) => event.tag === tag).length
  }

  async has(...tags: string[]): Promise<void> {
    await this.attached.until(() => tags.every((tag) => this.count(tag) > 0))
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.attached[Symbol.asyncDispose]()
  }
}

/** Publishes events of every origin in both hubs, followed by marks; each mark replaces the previous one. */
async function publishEverywhere(one: Showing, two: Showing): Promise<void> {
  for (const [name, hub] of Object.entries({ one, two })) {
    await hub.fire(`salt/${name}`, stamped(1))
    await hub.attached.publish(`native/${name}`, { n: 2 })
  }
  for (let mark = 0; mark < 5; mark++) {
    await one.attached.publish(`mark/${mark}`, {})
    await one.has(`mark/${mark}`)
    await two.has(`mark/${mark}`)
  }
}

const origins = ['salt/one', 'native/one', 'salt/two', 'native/two']

describe('two hubs that show all events and are attached to each other', () => {
  it('store every event once', async () => {
    const first = temporaryFolder('salt')
    const second = temporaryFolder('salt')
    await using one = await Showing.start(first)
    await using two = await Showing.start(second)
    await one.attachTo(second, [])
    await two.attachTo(first, [])
    await publishEverywhere(one, two)
    for (const hub of [one, two]) {
      await hub.has(...origins)
      expect(origins.map((tag) => hub.count(tag))).toEqual([1, 1, 1, 1])
    }
  })

  it('become idle even if they also fire all events', async () => {
    const first = temporaryFolder('salt')
    const second = temporaryFolder('salt')
    await using one = await Showing.start(first)
    await using two = await Showing.start(second)
    await one.attachTo(second, ['*', '!hub/*'])
    await two.attachTo(first, ['*', '!hub/*'])
    await publishEverywhere(one, two)
    for (const hub of [one, two]) {
      await hub.has(...origins)
      // At most once each way: sent by the other bus, and fired by the other hub.
      for (const tag of origins) expect(hub.count(tag)).toBeLessThanOrEqual(2)
    }
  })
})

it('programs of a hub in front of a master receive its events, reach it, and receive nothing twice', async () => {
  const own = temporaryFolder('salt')
  const behind = temporaryFolder('salt')
  await using master = await PythonBus.start(behind)
  await using front = await Showing.start(own)
  await front.attachTo(behind, ['myco/*'])
  const program = await RawSubscriber.open(masterSockets(own).pub)
  await front.fire('first', {})
  await program.until(1)
  master.fire('salt/auth', stamped(1))
  await front.fire('myco/one', stamped(2))
  await front.fire('other', stamped(3))
  await master.until(() => master.pulled.length === 1)
  expect(master.pulled[0][0]).toBe('myco/one')
  // The master sends events that it was sent to all subscribers, before later ones.
  await front.attached.until(() => (front.attached.health('other').echoes as number) === 1)
  master.fire('last', stamped(4))
  await front.has('last')
  const heard = () => program.events.map(({ tag }) => tag)
  await front.attached.until(() => heard().includes('last'))
  const tags = heard().filter((tag) => !tag.startsWith('hub/'))
  expect(tags.toSorted()).toEqual(['first', 'last', 'myco/one', 'other', 'salt/auth'])
  program.socket.destroy()
})
