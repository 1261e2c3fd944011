import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { openLmdbState } from '../../src/state/index.js'
import { Running } from '../e2e/hub-process.js'
import { randomFrom } from '../fuzz/mutations.js'
import { realRuntime } from '../helpers/real-runtime.js'
import { repeats } from '../helpers/repeats.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'
import { requireTool } from '../helpers/tools.js'
import { openLmdb } from '../log/lmdb-folder.js'
import { numbersBySeq } from './log/numbers-by-seq.js'
import { Disk } from './power/disk.js'
import { SHARES } from './power/failures.js'
import { bytesIn, type SystemCall, systemCalls, TRACED } from './power/system-calls.js'

/** POWER_SEED: repeats a run; the seed of every run is printed. */
const rounds = repeats(1, 200)
const seed = Number(process.env.POWER_SEED ?? Math.floor(Math.random() * 2 ** 32))

let recorded: string
let calls: SystemCall[]

beforeAll(async () => {
  recorded = join(temporaryFolder('power'), 'data')
  const trace = `${recorded}.trace`
  const follow = ['-f', '-qq', '-xx', '-s', '4000000', '-e', 'signal=none', '-e', `trace=${TRACED}`]
  const child = [process.execPath, join(import.meta.dirname, 'power/child.mjs'), recorded]
  const strace = new Running(requireTool('strace'), [...follow, '-o', trace, ...child], {
    env: { ...process.env, UV_USE_IO_URING: '0' },
  })
  expect(await strace.ended).toMatchObject({ code: 0, stdout: expect.stringContaining('closed') })
  calls = systemCalls(readFileSync(trace, 'latin1'))
})

/** What the process had said when the power failed. */
interface Said {
  epoch?: string
  /** Seq of the last event that was accepted. */
  accepted: number
  number: number
  /** Seq of the last durable event. */
  last: number
  value: number
  compacted?: number
}

interface Fact {
  at: number
  fact: Partial<Said>
}

function factsIn(calls: readonly SystemCall[]): Fact[] {
  const said = calls.filter(({ name, text }) => name === 'write' && text.startsWith('1,'))
  return said.map((call) => ({ at: call.began, fact: JSON.parse(String(bytesIn(call)[0])) }))
}

const timeout = 60_000 + rounds * 3_000

test('what was durable when the power failed is there afterwards, and nothing is damaged', {
  timeout,
}, async () => {
  console.log(`power: POWER_SEED=${seed} for ${rounds} rounds`)
  const random = randomFrom(seed)
  const facts = factsIn(calls)
  const end = Math.max(...calls.map(({ began }) => began))
  for (let round = 0; round < rounds; round++) {
    // Right after a promise, or anywhere.
    const cut = random(2) === 0 ? facts[random(facts.length)].at : random(end)
    const share = SHARES[random(SHARES.length)]
    const said: Said = Object.assign(
      { accepted: 0, number: 0, last: 0, value: 0 },
      ...facts.filter(({ at }) => at <= cut).map(({ fact }) => fact),
    )
    const folder = join(temporaryFolder('power'), 'data')
    new Disk(recorded, calls, cut).restore(folder, random, share)
    await check(folder, said).catch((error) => {
      throw new Error(`round ${round}, cut at line ${cut}, ${share} %: ${JSON.stringify(said)}`, {
        cause: error,
      })
    })
  }
})

async function check(folder: string, said: Said): Promise<void> {
  const log = await openLmdb({ folder: join(folder, 'log'), segment: { bytes: 100_000 } })
  const damage: unknown[] = []
  log.onDamage?.((range) => damage.push(range))
  expect({ findings: log.findings, damage }).toEqual({ findings: [], damage: [] })
  if (said.epoch !== undefined) expect(log.epoch).toBe(said.epoch)
  const numbers = await numbersBySeq(log)
  const seqs = [...numbers.keys()]
  const firstKept = said.compacted === undefined ? 1 : log.first
  for (let seq = firstKept; seq <= said.last; seq++) expect(numbers.get(seq), `seq ${seq}`).toBe(seq)
  expect(seqs).toEqual([...seqs].sort((one, other) => one - other))
  for (let seq = log.last + 1; seq <= said.accepted; seq++)
    expect(
      log.lost.some(({ from, to }) => from <= seq && seq <= to),
      `${seq} is lost`,
    ).toBe(true)
  for await (const { error } of log.verify!()) expect(error).toBeUndefined()
  await log.close()
  const problems: unknown[] = []
  const told = (problem: unknown) => void problems.push(problem)
  const hooks = { damaged: told, salvaged: told, restored: told }
  const state = await openLmdbState({ folder: join(folder, 'state'), runtime: realRuntime, ...hooks })
  const entry = await state.bucket('meta').get('value')
  expect(Number(entry === undefined ? 0 : Buffer.from(entry.value).toString())).toBeGreaterThanOrEqual(
    said.value,
  )
  expect(problems).toEqual([])
  await state.close()
}
