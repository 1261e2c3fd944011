import { expect, it } from 'vitest'
import { hubConfig } from '../../src/hub/config/index.js'
import { Hub } from '../../src/hub/hub.js'
import { nodeRuntime } from '../../src/hub/node-runtime.js'
import { startTestHub } from '../../src/hub/testing.js'
import { Associations } from '../../src/sources/sctp/associations.js'
import { associationSamples } from '../../src/sources/sctp/index.js'
import type { SourceDefinition } from '../../src/sources/source.js'

/** Returns a source with a table of associations like that of the real source, which needs no kernel. */
function definition(name: string): SourceDefinition {
  const associations = new Associations()
  const peer = { host: '10.0.0.1', port: 38412, state: 'unreachable', primary: true } as const
  const up = {
    sn_type: 0x8001,
    sac_flags: 0,
    sac_state: 0,
    sac_error: 0,
    sac_outbound_streams: 2,
    sac_inbound_streams: 2,
    sac_assoc_id: 3,
  } as const
  associations.observe(up, () => [peer])
  const source = {
    start: async () => {},
    stop: async () => {},
    health: () => ({ state: 'up', details: {} }) as const,
  }
  return {
    name: `sctp/${name}`,
    origin: `sctp/${name}`,
    create: () => source,
    inspect: () => associations.list(),
    samples: () => associationSamples(name, associations.list()),
  }
}

it('associations of all sources or of one are listed and measured', async () => {
  const config = hubConfig.parse({ log: { engine: 'memory' } })
  const sources = [definition('n2'), definition('m3ua')]
  const hub = await Hub.open({ config, runtime: nodeRuntime(), data: undefined, sources, types: [] })
  try {
    hub.start()
    const run = (name: string, params: object) => {
      const call = {
        principal: hub.access.principal('admin'),
        signal: AbortSignal.timeout(5000),
        part: async () => {},
      }
      return hub.methods.get(name)?.run(call, params) as Promise<Record<string, unknown>>
    }
    const { associations } = await run('sctp.associations', {})
    expect(associations).toMatchObject([{ source: 'n2', association: 3, state: 'up' }, { source: 'm3ua' }])
    expect((await run('sctp.associations', { source: 'n2' })).associations).toHaveLength(1)
    await expect(run('sctp.associations', { source: 'nope' })).rejects.toMatchObject({
      code: 'TCN_METHOD_PARAMS',
      message: expect.stringContaining('there are n2, m3ua'),
    })
    const { text } = await run('metrics.read', { format: 'prometheus' })
    expect(text).toContain('tocsin_sctp_associations{source="n2",state="up"} 1')
    expect(text).toContain('tocsin_sctp_peer_addresses{source="m3ua",state="unreachable"} 1')
  } finally {
    await hub.stop()
  }
})

it('a hub without an SCTP source has no associations', async () => {
  await using hub = await startTestHub()
  await using client = await hub.connect()
  expect(await client.request('sctp.associations', {})).toEqual({ associations: [] })
  await expect(client.request('sctp.associations', { source: 'n2' })).rejects.toThrow(
    'the hub has no source of SCTP',
  )
})
