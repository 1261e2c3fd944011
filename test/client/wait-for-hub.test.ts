import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import type { Client } from '../../src/client/api.js'
import { connect } from '../../src/client/index.js'
import { waitForHub } from '../../src/client/wait-for-hub.js'
import { TocsinError } from '../../src/errors/tocsin-error.js'
import { serve } from '../../src/hub/serve.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'

const client = {} as Client

/** Opens after this many attempts have failed. */
function after(failures: number, code: 'TCN_CLIENT_UNREACHABLE' | 'TCN_ACCESS_TOKEN') {
  let attempts = 0
  const open = () => (attempts++ < failures ? Promise.reject(new TocsinError(code)) : Promise.resolve(client))
  return { open, attempts: () => attempts }
}

describe('connecting to a hub that is not there yet', () => {
  it('fails at the first attempt, unless it is to wait', async () => {
    const hub = after(1, 'TCN_CLIENT_UNREACHABLE')
    await expect(waitForHub(hub.open, {})).rejects.toMatchObject({ code: 'TCN_CLIENT_UNREACHABLE' })
    expect(hub.attempts()).toBe(1)
  })

  it('tries again until a hub answers', async () => {
    const hub = after(3, 'TCN_CLIENT_UNREACHABLE')
    expect(await waitForHub(hub.open, { wait: 60_000 })).toBe(client)
    expect(hub.attempts()).toBe(4)
  })

  it('gives up when the time is over, and at once if the hub refuses', async () => {
    const never = after(Number.POSITIVE_INFINITY, 'TCN_CLIENT_UNREACHABLE')
    await expect(waitForHub(never.open, { wait: 100 })).rejects.toMatchObject({
      code: 'TCN_CLIENT_UNREACHABLE',
    })
    expect(never.attempts()).toBeGreaterThan(1)
    const refused = after(9, 'TCN_ACCESS_TOKEN')
    await expect(waitForHub(refused.open, { wait: 60_000 })).rejects.toMatchObject({
      code: 'TCN_ACCESS_TOKEN',
    })
    expect(refused.attempts()).toBe(1)
  })
})

describe('connect with `wait`', () => {
  let folder: string
  beforeEach(() => {
    folder = temporaryFolder('wait')
  })

  it('resolves when the hub has started', async () => {
    const address = join(folder, 'tocsin.sock')
    const connecting = connect({ address, wait: 60_000 })
    const hub = await serve({
      memory: true,
      sources: false,
      change: ({ listen }) => {
        listen.unix[0].path = address
        listen.http = 'off'
      },
    })
    const hubClient = await connecting
    expect(hubClient.welcome.durable).toBe(false)
    await hubClient.close()
    await hub.stop()
  })

  it('ends when the signal fires', async () => {
    const ending = new AbortController()
    const connecting = connect({ address: join(folder, 'none.sock'), wait: 60_000, signal: ending.signal })
    ending.abort()
    await expect(connecting).rejects.toMatchObject({ code: 'TCN_CLIENT_ABORTED' })
  })
})
