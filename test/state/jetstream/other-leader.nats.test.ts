import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { openJetStreamState } from '../../../src/state/jetstream/jetstream-state.js'
import type { StateStore } from '../../../src/state/state-store.js'
import { NatsLink } from '../../../src/storage/nats/link.js'
import { NatsFault, Refusal } from '../../../src/storage/nats/nats-fault.js'
import { FakeRuntime } from '../../helpers/fake-runtime.js'
import { NatsServer } from '../../helpers/nats-server.js'
import { realRuntime } from '../../helpers/real-runtime.js'
import { text, textOf } from '../conformance/tools.js'

let server: NatsServer
beforeAll(async () => {
  server = await NatsServer.start()
})
afterAll(() => server.stop())

/** The leaders of streams that do not find what is there, until another one leads. */
class Forgetful {
  readonly streams = new Set<string>()
  readonly left: string[] = []

  async open(prefix: string): Promise<StateStore> {
    const link = await NatsLink.open({ runtime: realRuntime, servers: server.address })
    const request = link.request.bind(link)
    link.request = async (subject, payload, ...rest) => {
      const [, stream] = /^\$JS\.API\.STREAM\.(?:MSG\.GET|LEADER\.STEPDOWN)\.(.+)$/.exec(subject) ?? []
      if (stream === undefined) return request(subject, payload, ...rest)
      if (subject.includes('STEPDOWN')) {
        this.left.push(stream)
        this.streams.delete(stream)
      } else if (this.streams.has(stream) && Buffer.from(payload!).includes('last_by_subj'))
        throw new NatsFault('refused', 'no message found', { number: Refusal.noMessage })
      return request(subject, payload, ...rest)
    }
    const store = await openJetStreamState({ runtime: new FakeRuntime(), link, prefix })
    onTestFinished(() => store.close())
    return store
  }
}

test('a record that is at its place and not found by its subject is read, and another leader is asked for', async () => {
  const servers = new Forgetful()
  const bucket = (await servers.open('forgetful')).bucket('jobs')
  await bucket.put('a', text('1'))
  servers.streams.add('KV_forgetful_jobs')
  expect(textOf((await bucket.get('a'))!)).toBe('1')
  expect(servers.left).toEqual(['KV_forgetful_jobs'])
})
