import { expect, it } from 'vitest'
import { hubConfig } from '../../../src/hub/config/index.js'
import { Hub } from '../../../src/hub/hub.js'
import { nodeRuntime } from '../../../src/hub/node-runtime.js'
import type { DeviceInfo } from '../../../src/methods/contract/index.js'
import { netconfSourcesConfig } from '../../../src/sources/netconf/config.js'
import { netconfSource } from '../../../src/sources/netconf/index.js'
import { DeviceFacts } from '../../../src/sources/notifications/device-facts.js'
import { restconfSourcesConfig } from '../../../src/sources/restconf/config.js'
import { restconfSource } from '../../../src/sources/restconf/index.js'
import type { SourceContext, SourceDefinition } from '../../../src/sources/source.js'

/** Sources with facts like those of the real ones, which need no devices. */
function definition(name: string, details: object, facts = new DeviceFacts()): SourceDefinition {
  return facts.shownBy({
    name,
    create: () => ({
      start: async (context: SourceContext) => facts.counting(context).lost(2, 'too long'),
      stop: async () => {},
      health: () => ({ state: 'up', details: { ...details } }) as const,
    }),
  })
}

it('devices of all kinds are listed and measured, and one by its name with its capabilities', async () => {
  const config = hubConfig.parse({ log: { engine: 'memory' } })
  const facts = new DeviceFacts()
  const sources = [
    definition('netconf/r1', { device: 'r1.example:830', stream: 'NETCONF', protocol: 'RFC 5277' }, facts),
    definition('restconf/r2', { server: 'https://r2.example/restconf', stream: 'all', encoding: 'json' }),
  ]
  const hub = await Hub.open({ config, runtime: nodeRuntime(), data: undefined, sources, types: [] })
  try {
    hub.start()
    facts.connected(['urn:a', 'urn:b'])
    const principal = hub.access.principal('admin')
    const call = { principal, signal: AbortSignal.timeout(5000), part: async () => {} }
    const list = async (params: object) => {
      const result = (await hub.methods.get('devices.list')?.run(call, params)) as { devices: DeviceInfo[] }
      return result.devices
    }
    await expect.poll(async () => (await list({}))[0].state).toBe('up')
    expect(await list({})).toMatchObject([
      {
        ...{ name: 'r1', kind: 'netconf', address: 'r1.example:830', protocol: 'RFC 5277' },
        ...{ connected: true, capabilities: 2, gaps: 1, stream: 'NETCONF' },
      },
      { name: 'r2', kind: 'restconf', connected: false, capabilities: 0, protocol: 'json' },
    ])
    expect(await list({ name: 'r1' })).toMatchObject([{ capabilityUris: ['urn:a', 'urn:b'] }])
    await expect(list({ name: 'r3' })).rejects.toMatchObject({ code: 'TCN_METHOD_PARAMS' })
    const metrics = await hub.methods.get('metrics.read')?.run(call, { format: 'prometheus' })
    expect(metrics).toMatchObject({
      text: expect.stringContaining('tocsin_device_up{source="netconf/r1"} 1'),
    })
    expect(metrics).toMatchObject({
      text: expect.stringContaining('tocsin_device_gaps_total{source="restconf/r2"} 1'),
    })
  } finally {
    await hub.stop()
  }
})

it('a device that was never reached has the address that is configured', async () => {
  const config = hubConfig.parse({ log: { engine: 'memory' } })
  const login = { user: 'ann', passwordFile: '/none' }
  const sources = [
    ...netconfSourcesConfig.parse([{ name: 'r1', host: '127.0.0.1', port: 1, ...login }]).map(netconfSource),
    ...restconfSourcesConfig
      .parse([{ name: 'r2', url: 'http://127.0.0.1:1/r', ...login }])
      .map(restconfSource),
  ]
  const hub = await Hub.open({ config, runtime: nodeRuntime(), data: undefined, sources, types: [] })
  try {
    hub.start()
    const principal = hub.access.principal('admin')
    const call = { principal, signal: AbortSignal.timeout(5000), part: async () => {} }
    const list = () => hub.methods.get('devices.list')?.run(call, {})
    await expect.poll(list).toMatchObject({
      devices: [
        { state: 'down', address: '127.0.0.1:1' },
        { state: 'down', address: 'http://127.0.0.1:1/r' },
      ],
    })
  } finally {
    await hub.stop()
  }
})
