import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, it, vi } from 'vitest'
import { connect } from '../../src/client/index.js'
import { serve } from '../../src/hub/serve.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'

afterEach(() => void vi.unstubAllEnvs())

it.each([false, true])('a hub without a file has one when it has read it (memory: %s)', async (memory) => {
  const folder = temporaryFolder('late')
  vi.stubEnv('XDG_CONFIG_HOME', folder)
  vi.stubEnv('TOCSIN_CONFIG', undefined)
  const socket = join(folder, 'tocsin.sock')
  const place = join(folder, 'tocsin', 'tocsin.yaml')
  const hub = await serve({
    ...(memory ? { memory } : { data: join(folder, 'data') }),
    sources: false,
    change({ listen }) {
      listen.unix[0].path = socket
      listen.http = 'off'
    },
  })
  const client = await connect({ address: socket })
  const inForce = async () => (await client.request<{ config?: string }>('hub.status')).config
  try {
    expect(hub).toMatchObject({ config: undefined, configPlace: place })
    await client.request('hub.reload')
    expect(await inForce()).toBeUndefined()
    mkdirSync(join(folder, 'tocsin'))
    writeFileSync(place, 'limits: { requests: 0 }')
    await expect(client.request('hub.reload')).rejects.toMatchObject({ code: 'TCN_CONFIG_INVALID' })
    expect(await inForce()).toBeUndefined()
    writeFileSync(place, 'limits: { requests: 60 }')
    await client.request('hub.reload')
    expect(await inForce()).toBe(place)
  } finally {
    await client.close()
    await hub.stop()
  }
})
