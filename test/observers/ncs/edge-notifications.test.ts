import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it, vi } from 'vitest'
import * as ncs from '../../../src/protocols/ncs/client/ncs.js'
import { temporaryFolder } from '../../helpers/temporary-folder.js'
import { EdgeHub } from '../../upstream/fixture.js'

it('edge hubs that come, go or are refused are SUBAGENT_INFO and FORWARD_INFO for programs', async () => {
  const folder = temporaryFolder('ncs-edge')
  const path = join(folder, 'ipc')
  await using core = await EdgeHub.start({
    config: { listen: { tcp: '127.0.0.1:0' }, ncs: { unix: { path } } },
  })
  await using edge = await EdgeHub.start()
  const sock = ncs.socket(ncs.AF_UNIX)
  await ncs.notificationsConnect(sock, { mask: ncs.NOTIF_SUBAGENT_INFO | ncs.NOTIF_FORWARD_INFO, path })
  const runner = edge.forward({ servers: [core.hub.address] })
  expect(await sock.read()).toEqual({
    type: ncs.NOTIF_SUBAGENT_INFO,
    subagent: { type: ncs.SUBAGENT_INFO_UP, name: 'edge1' },
  })
  const uinfo = expect.objectContaining({
    username: 'admin',
    context: 'native',
    flags: ncs.USESS_FLAG_FORWARD,
  })
  const forward = (type: number) => ({
    type: ncs.NOTIF_FORWARD_INFO,
    forward: { type, target: 'edge1', uinfo },
  })
  const up = await sock.read()
  expect(up).toEqual(forward(ncs.FORWARD_INFO_UP))
  const second = Date.now() / 1000
  await vi.waitFor(() => expect(Date.now() / 1000).toBeGreaterThan(second + 1))
  await runner.stop()
  const down = await sock.read()
  expect(down).toEqual({
    ...up,
    forward: { ...('forward' in up && up.forward), type: ncs.FORWARD_INFO_DOWN },
  })
  expect(await sock.read()).toMatchObject({ subagent: { type: ncs.SUBAGENT_INFO_DOWN, name: 'edge1' } })
  writeFileSync(join(folder, 'token'), 'wrong')
  const { address } = core.hub.hub.listeners.find((each) => each.address.startsWith('tcp'))!
  edge.forward({ servers: [address], tokenFile: join(folder, 'token'), name: 'wrong' })
  expect(await sock.read()).toMatchObject({ forward: { type: ncs.FORWARD_INFO_FAILED, target: 'edge1' } })
  sock.close()
})
