import { cpSync, existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { Running } from '../../e2e/hub-process.js'
import { someSteps } from '../../helpers/repeats.js'
import { temporaryFolder } from '../../helpers/temporary-folder.js'
import { requireTool } from '../../helpers/tools.js'
import { append, frames, readAll, sameEvents } from '../../log/conformance/tools.js'
import { openLmdb } from '../../log/lmdb-folder.js'
import { foldersOf } from '../../log/rewriting/compressed-log.js'

const [priority, child] = ['usual-priority.mjs', 'compress-child.mjs'].map((name) =>
  join(import.meta.dirname, name),
)
const programFor = (folder: string) => ['--import', priority!, child!, folder]
const small = { segment: { bytes: 100_000 } }

/** What changes files, and the most calls of one thread in one run of the child. */
const steps = { pwrite64: 8, fdatasync: 4, fsync: 14, rename: 8, mkdir: 3, ftruncate: 2, rmdir: 3, unlink: 5 }

/** A log with three segments. */
async function makeLog() {
  const log = await openLmdb(small)
  for (let nth = 0; nth < 25; nth++) await log.durable(await append(log, frames(10, 1000)))
  const events = await readAll(log, 1)
  await log.close()
  return { folder: log.folder, events }
}

type Made = Awaited<ReturnType<typeof makeLog>>

/** The events are those of before, no part of them is damaged, and nothing is left of the work. */
async function check(folder: string, { events }: Made): Promise<number> {
  const log = await openLmdb({ folder, ...small })
  const damage: unknown[] = []
  log.onDamage?.((range) => damage.push(range))
  sameEvents(await readAll(log, 1), events)
  for await (const { error } of log.verify!()) expect(error).toBeUndefined()
  expect({ findings: log.findings, damage }).toEqual({ findings: [], damage: [] })
  expect(foldersOf(folder).filter((name) => !/^\d{16}$/.test(name))).toEqual([])
  const { segments } = log.compression!
  await log.close()
  return segments
}

test.each(Object.entries(steps))(
  'a process that is killed before any %s of a compression leaves each segment whole',
  async (call, count) => {
    const made = await makeLog()
    for (const nth of someSteps(count)) {
      const folder = join(temporaryFolder('log'), 'log')
      cpSync(made.folder, folder, { recursive: true })
      const inject = ['-e', `trace=${call}`, '-e', `inject=${call}:signal=SIGKILL:when=${nth}`]
      const trace = ['-f', '--seccomp-bpf', '-qq', '-o', '/dev/null', ...inject]
      const program = [process.execPath, ...programFor(folder)]
      await new Running(requireTool('strace'), [...trace, ...program], {
        env: { ...process.env, UV_THREADPOOL_SIZE: '1' },
      }).ended
      await check(folder, made)
    }
  },
  900_000,
)

const sizeOf = (file: string) => statSync(file, { throwIfNoEntry: false })?.size ?? 0

test('processes that are killed while they compress lose nothing, and the next one goes on', async () => {
  const made = await makeLog()
  const first = join(made.folder, 'segments', '0000000000000001')
  const plain = sizeOf(join(first, 'data.mdb'))
  const stages = {
    'the log is open': (running: Running) => running.stdout.includes('opened'),
    'the new folder is there': () => existsSync(`${first}.compressing`),
    'the new file has events': () => sizeOf(join(`${first}.compressing`, 'data.mdb')) > 8192,
    'the new file has taken the place of the old one': () => sizeOf(join(first, 'data.mdb')) < plain,
    'the first segment is done': (running: Running) => running.stdout.includes('"firstSeq":1'),
  }
  for (const isReached of Object.values(stages)) {
    const running = new Running(process.execPath, programFor(made.folder))
    let hasEnded = false
    void running.ended.then(() => {
      hasEnded = true
    })
    while (!hasEnded && !isReached(running)) await new Promise((resolve) => setImmediate(resolve))
    await running.signal('SIGKILL')
    await check(made.folder, made)
  }
  expect(await new Running(process.execPath, programFor(made.folder)).ended).toMatchObject({ code: 0 })
  expect(await check(made.folder, made)).toBe(2)
})
