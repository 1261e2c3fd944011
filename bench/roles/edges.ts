import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Client, connect } from '../../src/client/index.js'
import { startTestHub, type TestHub } from '../../src/hub/testing.js'
import { SourceRunner } from '../../src/sources/runner.js'
import { upstreamsConfig } from '../../src/upstream/config.js'
import { upstreamSource } from '../../src/upstream/index.js'
import { serveCalls } from '../harness/child.js'

export interface EdgesOptions {
  /** Address of the core. */
  address: string
  token: string
  tokenFile: string
  hubs: number
  /** Begins the names of the hubs, which differ in all processes. */
  name: string
  /** Certificate of the core, for an address with TLS. */
  ca?: string
  /** True if they answer questions. */
  answers?: boolean
  /** Folder for their logs; default: in memory. */
  data?: string
}

interface EdgeHub {
  hub: TestHub
  client: Client
  /** A connection to the core, to publish without a hub between. */
  direct: Client
  runner: SourceRunner
}

const edges: EdgeHub[] = []
const payload = 'x'.repeat(150)

/** Edge hubs, each with a log, a link and a publisher of its own. */
serveCalls({
  async start({ address, token, tokenFile, hubs, name, ca, answers, data }: EdgesOptions) {
    for (let n = 0; n < hubs; n++) {
      const hub = await startTestHub(data === undefined ? {} : { data: join(data, `${n}`) })
      const [config] = upstreamsConfig.parse([
        {
          ...{ name: 'core', edge: `${name}-${n}`, servers: [address], tokenFile },
          filter: [answers ? 'none/' : 'bench/'],
          ...(ca !== undefined && { tls: { ca } }),
          ...(answers && { answers: { see: '*' } }),
        },
      ])
      const runner = new SourceRunner(upstreamSource(config), hub.hub.sourceHost)
      runner.start()
      edges.push({
        hub,
        runner,
        client: await hub.connect({ types: [] }),
        direct: await connect({ address, token, ...(ca !== undefined && { tls: { ca: readFileSync(ca) } }) }),
      })
    }
  },
  /** The number of hubs that are linked and have nothing left to forward. */
  done: () =>
    edges.filter(({ runner }) => {
      const { health } = runner.status()
      return health?.state === 'up' && health.details.waiting === 0
    }).length,
  linked: () => edges.filter(({ runner }) => runner.status().health?.state === 'up').length,
  forward: (events: number) => publish(events, ({ client }) => client),
  publish: (events: number) => publish(events, ({ direct }) => direct),
})

async function publish(events: number, clientOf: (edge: EdgeHub) => Client): Promise<void> {
  const batch = Array.from({ length: events }, (_, n) => ({ tag: `bench/${n % 16}`, data: { n, payload } }))
  await Promise.all(edges.map((edge) => clientOf(edge).publishBatch(batch, { ack: 'durable' })))
}
