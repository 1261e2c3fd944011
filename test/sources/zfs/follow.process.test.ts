import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { followZfsEvents, type ZfsEvent } from '../../../src/sources/zfs/events.js'
import { FakeRuntime } from '../../helpers/fake-runtime.js'
import { temporaryFolder } from '../../helpers/temporary-folder.js'

/** Puts a program `zpool` before all others, or leaves no program at all. */
function programs(zpool?: string): string {
  const folder = temporaryFolder('path')
  vi.stubEnv('PATH', zpool ? `${folder}:${process.env.PATH}` : folder)
  onTestFinished(() => void vi.unstubAllEnvs())
  if (zpool) {
    writeFileSync(join(folder, 'zpool'), `#!/bin/sh\necho $$ >> ${folder}/pids\n${zpool}\n`)
    chmodSync(join(folder, 'zpool'), 0o755)
  }
  return folder
}

function follow() {
  const runtime = new FakeRuntime()
  const heard: ZfsEvent[] = []
  const following = followZfsEvents({ runtime, heard: (events) => heard.push(...events) })
  onTestFinished(() => following.close())
  return { runtime, heard, following }
}

test('events are heard while the command runs, and it is started again after a pause when it ends', async () => {
  programs(`printf 'Nov 20 2026 04:52:33.1 resource.fs.zfs.statechange\\n        pool = "tank"\\n\\n'`)
  const { runtime, heard } = follow()
  await vi.waitFor(() => expect(heard).toHaveLength(1))
  expect(heard[0]).toEqual({ class: 'resource.fs.zfs.statechange', fields: { pool: 'tank' } })
  await vi.waitFor(() => expect(runtime.next).toBe(5_000))
  await runtime.pass(5_000)
  await vi.waitFor(() => expect(heard).toHaveLength(2))
  await vi.waitFor(() => expect(runtime.next).toBe(10_000))
})

test('without the command the pauses grow to a quarter of an hour', async () => {
  programs()
  const { runtime } = follow()
  const pauses: number[] = []
  for (let start = 0; start < 10; start++) {
    await vi.waitFor(() => expect(runtime.pending).toBe(1))
    pauses.push(runtime.next as number)
    await runtime.pass(runtime.next as number)
  }
  expect(pauses.slice(0, 3)).toEqual([5_000, 10_000, 20_000])
  expect(pauses.at(-1)).toBe(900_000)
})

test('closing ends the command', async () => {
  const folder = programs(`printf 'now a.b\\n\\n'; exec sleep 600`)
  const { heard, following } = follow()
  await vi.waitFor(() => expect(heard).toHaveLength(1))
  const pid = Number(readFileSync(join(folder, 'pids'), 'utf8'))
  following.close()
  await vi.waitFor(() => expect(() => process.kill(pid, 0)).toThrow('ESRCH'))
})
