import { expect, it } from 'vitest'
import { SystemHarness } from './harness.js'

async function watching(...processes: string[]): Promise<SystemHarness> {
  const system = new SystemHarness({ processes })
  system.probe.setProcess(1, 'init')
  system.probe.setProcess(10, 'nginx')
  await system.start()
  return system
}

it('starts and exits of watched programs are reported, with the time since', async () => {
  const system = await watching('nginx')
  system.probe.setProcess(20, 'nginx', 12_345)
  system.probe.setProcess(21, 'other')
  await system.runtime.pass(2_000)
  system.probe.removeProcess(20)
  await system.runtime.pass(2_000)
  const since = '2023-11-14T22:15:23.450000Z'
  expect(system.data('process/nginx/started')).toEqual([
    { name: 'nginx', change: 'started', pid: 20, parent: 1, since },
  ])
  expect(system.data('process/nginx/exited')).toEqual([
    { name: 'nginx', change: 'exited', pid: 20, parent: 1, since },
  ])
})

it('programs that already run are reported only when they exit', async () => {
  const system = await watching('nginx')
  expect(system.takeTags('process/')).toEqual([])
  system.probe.removeProcess(10)
  await system.runtime.pass(2_000)
  expect(system.takeTags('process/')).toEqual(['process/nginx/exited'])
})

it('a reused process number is another process', async () => {
  const system = await watching('nginx')
  system.probe.setProcess(10, 'nginx', 999)
  await system.runtime.pass(2_000)
  expect(system.takeTags('process/')).toEqual(['process/nginx/exited', 'process/nginx/started'])
})

it('a process that executes another program counts as that one', async () => {
  const system = await watching('nginx')
  system.probe.setProcess(1, 'nginx')
  await system.runtime.pass(2_000)
  expect(system.takeTags('process/')).toEqual(['process/nginx/started'])
})

it("a name longer than the kernel's limit is compared with the command line", async () => {
  const system = await watching('a-very-long-program', 'a-very-long-prefix')
  system.probe.setProcess(30, 'a-very-long-pro', 1, '/usr/bin/a-very-long-program')
  system.probe.setProcess(31, 'a-very-long-pre', 1, '/usr/bin/a-very-long-preface')
  await system.runtime.pass(2_000)
  expect(system.takeTags('process/')).toEqual(['process/a-very-long-program/started'])
})

it('starts that the hub does not accept are reported later', async () => {
  const system = await watching('nginx')
  system.host.full = true
  system.probe.setProcess(20, 'nginx')
  await system.runtime.pass(4_000)
  system.host.full = false
  await system.runtime.pass(2_000)
  expect(system.takeTags('process/')).toEqual(['process/nginx/started'])
})

it('ten thousand processes are examined over several turns', async () => {
  const system = await watching('nginx')
  for (let pid = 100; pid < 10_100; pid++) system.probe.setProcess(pid, pid % 1000 === 0 ? 'nginx' : 'sh')
  await system.runtime.pass(2_000)
  await system.runtime.settle()
  for (let turn = 0; turn < 60 && system.data('process/nginx/started').length < 10; turn++)
    await system.runtime.settle()
  expect(system.data('process/nginx/started')).toHaveLength(10)
})
