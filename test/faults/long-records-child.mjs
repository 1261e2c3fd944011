import { writeSync } from 'node:fs'
import { DividedRecords } from '../../dist/rules/divided-records.js'
import { openLmdbState } from '../../dist/state/index.js'
import { runtime } from './log/open-log.mjs'

/** Writes records of four megabytes, each full of its number, until it is killed. */
const [folder, first] = process.argv.slice(2)
const state = await openLmdbState({ runtime, folder })
const records = new DividedRecords(state.bucket('rules'), runtime)
for (let number = Number(first); ; number++) {
  const record = Buffer.alloc(4_143_177)
  for (let at = 0; at + 4 <= record.length; at += 4) record.writeUInt32LE(number, at)
  await records.write('late', [record])
  writeSync(1, `${number}\n`)
}
