import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect, test } from 'vitest'
import type { SeqRange } from '../../../src/log/index.js'
import { temporaryFolder } from '../../helpers/temporary-folder.js'
import { isAscending, seeded } from '../../log/conformance/tools.js'
import { openLmdb } from '../../log/lmdb-folder.js'
import { numbersBySeq } from './numbers-by-seq.js'

const child = join(import.meta.dirname, 'crash-child.mjs')

interface Story {
  /** Number by seq, as reported by the killed process. */
  accepted: Map<number, number>
  durable: number
  epoch: string
}

/** Runs a process that appends, and kills it after a given number of batches. */
async function runAndKill(folder: string, firstNumber: number, batches: number): Promise<Story> {
  const program = spawn(process.execPath, [child, folder, String(firstNumber)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const story: Story = { accepted: new Map(), durable: 0, epoch: '' }
  const ended = once(program, 'exit')
  let left = batches
  for await (const line of createInterface(program.stdout)) {
    const fact = JSON.parse(line)
    if (fact.opened) story.epoch = fact.opened.epoch
    if (fact.durable) story.durable = fact.durable
    if (fact.accepted) {
      const { number, count, last } = fact.accepted
      for (let at = 0; at < count; at++) story.accepted.set(last - count + 1 + at, number + at)
      if (--left === 0) program.kill('SIGKILL')
    }
  }
  await ended
  return story
}

const within = (ranges: readonly SeqRange[], seq: number) =>
  ranges.some(({ from, to }) => seq >= from && seq <= to)

test('kill -9 at any moment: durable events are kept in order, and no seq is used twice', async () => {
  const folder = temporaryFolder('log')
  const random = seeded(5)
  const given = new Map<number, number>()
  let stored = new Map<number, number>()
  for (let round = 0; round < 12; round++) {
    const story = await runAndKill(folder, 1 + round * 1e6, 1 + Math.floor(random() * 60))
    for (const [seq, number] of story.accepted) {
      expect(given.has(seq), `seq ${seq} was given before`).toBe(false)
      given.set(seq, number)
    }
    const log = await openLmdb({ folder, segment: { bytes: 400_000 } })
    const found = await numbersBySeq(log)
    expect(log.epoch).toBe(story.epoch)
    expect(isAscending([...found.keys()]) && isAscending([...found.values()])).toBe(true)
    for (const [seq, number] of stored) expect(found.get(seq)).toBe(number)
    for (const [seq, number] of story.accepted) {
      if (seq <= story.durable || found.has(seq)) expect(found.get(seq)).toBe(number)
      else expect(within(log.lost, seq), `seq ${seq} is said to be lost`).toBe(true)
    }
    for (const seq of found.keys()) expect(within(log.lost, seq)).toBe(false)
    for await (const { error } of log.verify!()) expect(error).toBeUndefined()
    stored = found
    await log.close()
  }
})
