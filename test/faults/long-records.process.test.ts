import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect, it } from 'vitest'
import { DividedRecords } from '../../src/rules/divided-records.js'
import { openLmdbState } from '../../src/state/index.js'
import { realRuntime as runtime } from '../helpers/real-runtime.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'
import { seeded } from '../log/conformance/tools.js'

const child = join(import.meta.dirname, 'long-records-child.mjs')

/** Runs a process that writes numbered records, and kills it some time after one of them. Returns the last one stored. */
async function writeAndKill(folder: string, first: number, records: number, pause: number): Promise<number> {
  const args = [child, folder, String(first)]
  const program = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  let last = first - 1
  let left = records
  for await (const line of createInterface(program.stdout)) {
    last = Number(line)
    if (--left === 0) setTimeout(() => program.kill('SIGKILL'), pause)
  }
  return last
}

it('kill -9 at any moment leaves a long record whole, and not older than what was stored', async () => {
  const folder = temporaryFolder('records')
  const random = seeded(11)
  let next = 1
  for (let round = 0; round < 8; round++) {
    const stored = await writeAndKill(folder, next, 1 + Math.floor(random() * 3), random() * 30)
    const state = await openLmdbState({ runtime, folder })
    const record = await new DividedRecords(state.bucket('rules'), runtime).read('late')
    await state.close()
    const number = Buffer.from(record!).readUInt32LE(0)
    expect([stored, stored + 1]).toContain(number)
    const same = Buffer.alloc(record!.length)
    for (let at = 0; at + 4 <= same.length; at += 4) same.writeUInt32LE(number, at)
    expect(same.equals(record!)).toBe(true)
    next = number + 1
  }
})
