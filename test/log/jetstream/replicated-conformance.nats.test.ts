import { afterAll, beforeAll, describe } from 'vitest'
import { NatsCluster } from '../../helpers/nats-cluster.js'
import { eventLogConformance } from '../conformance/index.js'
import { harnessOf } from './harness.js'

let cluster: NatsCluster
beforeAll(async () => {
  cluster = await NatsCluster.start({ maxPayload: '8MB' })
})
afterAll(() => cluster?.stop())

describe('the JetStream log with three replicas', () => {
  eventLogConformance(harnessOf(() => cluster.addresses, { window: 64, replicas: 3 }, 64))
})
