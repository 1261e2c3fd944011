import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { Running } from '../../e2e/hub-process.js'
import { someSteps } from '../../helpers/repeats.js'
import { temporaryFolder } from '../../helpers/temporary-folder.js'
import { requireTool } from '../../helpers/tools.js'
import { openLmdb } from '../../log/lmdb-folder.js'
import { numbersBySeq } from './numbers-by-seq.js'

const child = join(import.meta.dirname, 'kill-steps-child.mjs')

/** What changes files, and the most calls of one thread in one run of the child. */
const steps = {
  pwrite64: 20,
  fdatasync: 16,
  fsync: 18,
  rename: 10,
  mkdir: 6,
  ftruncate: 2,
  rmdir: 4,
  unlink: 4,
}

interface Run {
  epoch?: string
  /** The last number, and its seq, that were said to be durable. */
  number: number
  last: number
}

/** Runs the child, which is killed just before its `nth` call. */
async function killedBefore(call: string, nth: number, folder: string, firstNumber: number): Promise<Run> {
  const inject = ['-e', `trace=${call}`, '-e', `inject=${call}:signal=SIGKILL:when=${nth}`]
  const program = [process.execPath, child, folder, String(firstNumber)]
  const strace = new Running(requireTool('strace'), ['-f', '-qq', '-o', '/dev/null', ...inject, ...program], {
    // With one thread for files, the calls are in the same order in each run.
    env: { ...process.env, UV_THREADPOOL_SIZE: '1' },
  })
  const { stdout } = await strace.ended
  const facts = stdout.split('\n').filter((line) => line.endsWith('}'))
  return Object.assign({ number: 0, last: 0 }, ...facts.map((line) => JSON.parse(line)))
}

/** Opens what the killed process has left: nothing is damaged, and everything that was durable can be read. */
async function check(folder: string, { epoch, number, last }: Run, known: Run): Promise<void> {
  const log = await openLmdb({ folder, segment: { bytes: 100_000 } })
  // A segment that was made ahead.
  expect(existsSync(join(folder, 'next-segment'))).toBe(false)
  const damage: unknown[] = []
  log.onDamage?.((range) => damage.push(range))
  expect({ findings: log.findings, damage }).toEqual({ findings: [], damage: [] })
  const expected = epoch ?? known.epoch
  if (expected !== undefined) expect(log.epoch).toBe(expected)
  const numbers = await numbersBySeq(log)
  if (last > 0) expect(numbers.get(last)).toBe(number)
  if (known.last >= log.first) expect(numbers.get(known.last)).toBe(known.number)
  const all = [...numbers.values()]
  expect(all).toEqual([...all].sort((one, other) => one - other))
  for (const seq of numbers.keys())
    expect(log.lost.some(({ from, to }) => from <= seq && seq <= to)).toBe(false)
  for await (const { error } of log.verify!()) expect(error).toBeUndefined()
  await log.close()
}

test.each(Object.entries(steps))(
  'a process that is killed before any %s leaves a log that is sound',
  async (call, count) => {
    const used = temporaryFolder('log')
    let [number, known]: [number, Run] = [1, { number: 0, last: 0 }]
    for (const nth of someSteps(count)) {
      // A new log, and one that many processes have left that were killed.
      const fresh = join(used, `fresh-${nth}`)
      const [first, again] = await Promise.all([
        killedBefore(call, nth, fresh, 1),
        killedBefore(call, nth, join(used, 'log'), number),
      ])
      await check(fresh, first, { number: 0, last: 0 })
      await check(join(used, 'log'), again, known)
      known = { ...known, ...again, ...(again.last === 0 && { number: known.number, last: known.last }) }
      number += 1000
    }
  },
  600_000,
)
