import { expect, it } from 'vitest'
import { temporaryFolder } from '../helpers/temporary-folder.js'
import { PythonBus } from '../sources/salt/python-bus.js'
import { HubProcess, jsonLines } from './hub-process.js'

it('events of a Salt master have their types, and a restart of the hub is reported as a gap', async () => {
  const folder = temporaryFolder('salt')
  const data = temporaryFolder('salt')
  await using bus = await PythonBus.start(folder)
  const config = `
sources:
  system: { enabled: false }
  salt:
    - { name: master, sockDir: ${folder}, fire: ['deploy/*'] }
`
  const start = () => HubProcess.start({ folder: data, sources: true, config })
  const hub = await start()
  expect(
    (await hub.tocsin(['wait', 'hub/source/salt/master', '--from', 'start', '--timeout', '10s'])).code,
  ).toBe(0)
  const tail = hub.startTocsin(['tail', 'salt/job/*', '--from', 'start', '--count', '1', '--format', 'json'])
  bus.fire('salt/job/20261120044233603103/ret/web1', { id: 'web1', jid: '20261120044233603103', retcode: 0 })
  const { stdout, code } = await tail.ended
  expect(code).toBe(0)
  expect(jsonLines(stdout)).toMatchObject([
    { type: 'salt.job.ret', source: 'salt/master', data: { id: 'web1', retcode: 0 } },
  ])
  expect((await hub.tocsin(['fire', 'deploy/web', '{"version": 7}'])).code).toBe(0)
  await bus.until(() => bus.pulled.length === 1)
  expect(bus.pulled[0]).toMatchObject(['deploy/web', { version: 7 }])
  await hub.stop()

  await using again = await start()
  const wait = ['wait', 'hub/gap/salt/master', '--from', 'start', '--timeout', '10s', '--format', 'json']
  expect(jsonLines((await again.tocsin(wait)).stdout)).toMatchObject([
    { type: 'hub.gap', data: { source: 'salt/master', count: null } },
  ])
})
