import { expect, test } from 'vitest'
import { connect } from '../../src/client/index.js'
import type { EdgesPart, HubStatus } from '../../src/methods/contract/index.js'
import { HubProcess } from '../e2e/hub-process.js'
import { eventually } from './eventually.js'

async function edgesOf({ socket }: HubProcess): Promise<string[]> {
  await using client = await connect({ address: socket })
  const { edges = [] } = await client.request<HubStatus>('hub.status')
  return edges.map(({ name, state }) => `${name} ${state}`).sort()
}

async function askAll({ socket }: HubProcess): Promise<EdgesPart['asked']> {
  await using client = await connect({ address: socket })
  let last: Partial<EdgesPart> = {}
  for await (const part of client.requestParts('edges.read', { edges: '*' }))
    last = part as Partial<EdgesPart>
  return last.asked
}

async function metricsOf({ socket }: HubProcess): Promise<string> {
  await using client = await connect({ address: socket })
  return (await client.request('metrics.read', {})).text
}

function configOf(edge: string, core: HubProcess): string {
  const upstream = `{ name: core, edge: ${edge}, servers: ['${core.socket}'], filter: [none], answers: { see: '*' } }`
  return `upstreams: [${upstream}]\n`
}

const isAway = (edge: string) => expect.objectContaining({ edge, code: 'TCN_EDGE_AWAY' })

test.each(['SIGTERM', 'SIGKILL'] as const)(
  'edge hubs that are away are named in every answer after the core has ended by %s',
  async (signal) => {
    let core = await HubProcess.start({})
    const edges = await Promise.all(
      ['ea', 'eb'].map((edge) => HubProcess.start({ config: configOf(edge, core) })),
    )
    try {
      await eventually(async () => (await edgesOf(core)).join() === 'ea up,eb up')
      await edges[1].stop()
      await eventually(async () => (await edgesOf(core)).join() === 'ea up,eb down')
      await core.signal(signal)
      await edges[0].stop()

      core = await HubProcess.start({ folder: core.folder })
      expect(await edgesOf(core)).toEqual(['ea down', 'eb down'])
      expect(await askAll(core)).toEqual({ asked: 2, answered: 0, missing: [isAway('ea'), isAway('eb')] })
      const read = await core.tocsin(['read', '--edges', '*', '--strict'])
      expect(read.code).toBe(6)
      expect(read.stderr).toMatch(/ea.*eb/s)
      const metrics = await metricsOf(core)
      for (const edge of ['ea', 'eb'])
        expect(metrics).toMatch(new RegExp(`^tocsin_edge_up\\{.*"${edge}".*\\} 0$`, 'm'))
      expect((await core.tocsin(['edges'])).stdout).toMatch(/ea\s.*down/)

      edges[0] = await HubProcess.start({ folder: edges[0].folder, config: configOf('ea', core) })
      await eventually(async () => (await edgesOf(core)).join() === 'ea up,eb down')
      expect(await askAll(core)).toEqual({ asked: 2, answered: 1, missing: [isAway('eb')] })

      const refused = await core.tocsin(['edges', 'remove', 'eb', 'ea'])
      expect(refused.stderr).toContain('TCN_EDGE_UP')
      expect((await core.tocsin(['edges', 'remove', 'eb'])).stdout).toContain('eb of admin is forgotten')
      expect(await askAll(core)).toEqual({ asked: 1, answered: 1, missing: [] })
      await core.signal('SIGKILL')
      core = await HubProcess.start({ folder: core.folder })
      await eventually(async () => (await edgesOf(core)).join() === 'ea up')
    } finally {
      for (const hub of [core, ...edges]) await hub[Symbol.asyncDispose]()
    }
  },
  240_000,
)
