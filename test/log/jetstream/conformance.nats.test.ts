import { afterAll, beforeAll, describe } from 'vitest'
import { NatsServer } from '../../helpers/nats-server.js'
import { eventLogConformance } from '../conformance/index.js'
import { harnessOf } from './harness.js'

let server: NatsServer
beforeAll(async () => {
  server = await NatsServer.start({ maxPayload: '8MB' })
})
afterAll(() => server.stop())

const address = () => server.address

describe('the JetStream log, whose hub is the only one', () => {
  eventLogConformance(harnessOf(address, { fence: false }, 0))
})

describe('the JetStream log, each term of which begins with a barrier', () => {
  eventLogConformance(harnessOf(address, { window: 64 }, 64))
})

describe('the JetStream log with little memory, so that reads go to the stream', () => {
  eventLogConformance(harnessOf(address, { window: 64, ringBytes: 0 }, 64))
})
