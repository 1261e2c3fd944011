import { afterAll, beforeAll, expect, test } from 'vitest'
import { answerOf, type ConsumerInfo, JetStreamApi } from '../../../src/storage/nats/jetstream-api.js'
import { NatsLink } from '../../../src/storage/nats/link.js'
import { NatsFault } from '../../../src/storage/nats/nats-fault.js'
import { keyValueConfig } from '../../../src/storage/nats/stream-config.js'
import { NatsServer } from '../../helpers/nats-server.js'
import { realRuntime } from '../../helpers/real-runtime.js'
import { ModelLink } from './link.js'
import { NatsModel } from './server.js'

const STREAM = 'NAMED'
const PROGRAMS = ['nats-server', 'current nats-server'] as const
const OTHERS_NAME = 10013

const servers: NatsServer[] = []
const links = new Map<string, NatsLink>()

beforeAll(async () => {
  for (const program of PROGRAMS) {
    const server = await NatsServer.start({ program })
    servers.push(server)
    links.set(program, await NatsLink.open({ servers: server.address, runtime: realRuntime }))
  }
  const soon = (run: () => void) => void setImmediate(run)
  const wires = { up: soon, down: soon, close: () => undefined }
  links.set('the model', new ModelLink(realRuntime, new NatsModel(realRuntime), wires))
  for (const link of links.values()) {
    await new JetStreamApi(link).create(keyValueConfig({ name: STREAM, subject: 'n.>', replicas: 1 }))
    await link.request('n.a', Buffer.from('1'), 2000)
  }
})

afterAll(async () => {
  for (const link of links.values()) await link.close()
  for (const server of servers) await server.stop()
})

test.each([...PROGRAMS, 'the model'])(
  '%s makes one consumer of requests that are repeated, and refuses the name to another',
  async (which) => {
    const link = links.get(which)!
    const create = async (deliver_subject: string) => {
      const settings = { ack_policy: 'none', flow_control: true, idle_heartbeat: 500e6, num_replicas: 1 }
      const start = { deliver_policy: 'last_per_subject', filter_subject: 'n.>', inactive_threshold: 30e9 }
      const config = { name: 'one', deliver_subject, mem_storage: true, ...settings, ...start }
      const body = Buffer.from(JSON.stringify({ stream_name: STREAM, config }))
      const subject = `$JS.API.CONSUMER.CREATE.${STREAM}.one.n.>`
      return answerOf<ConsumerInfo>(await link.request(subject, body, 2000))
    }
    const inbox = link.inbox()
    let received = 0
    link.subscribe(inbox, ({ reply }) => {
      if (reply.startsWith('$JS.ACK.')) received++
    })
    const made = await Promise.all([create(inbox), create(inbox), create(inbox)])
    expect(new Set(made.map(({ name }) => name))).toEqual(new Set(['one']))
    await expect.poll(() => received).toBe(1)
    const refused = await create(link.inbox()).catch((thrown) => thrown)
    expect(NatsFault.is(refused, OTHERS_NAME), String(refused)).toBe(true)
    await create(inbox)
    expect(received).toBe(1)
  },
)
