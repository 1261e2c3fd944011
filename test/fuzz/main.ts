import { parseArgs } from 'node:util'
// @ts-expect-error a script without types
import { refuseOptions } from '../../scripts/options.mjs'
import { namesOfListeners } from './listeners/listeners.js'
import { type FuzzResult, fuzzListeners, replayFinding } from './listeners/run.js'

/** Attacks the listeners of a hub; `scripts/fuzz.mjs` explains the options. */

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '1' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string', multiple: true },
    peers: { type: 'string', default: '2' },
    port: { type: 'string', default: '23100' },
    replay: { type: 'string' },
  },
})
const known = namesOfListeners()
const unknown = (values.only ?? []).filter((name) => !known.includes(name))
if (unknown.length > 0)
  refuseOptions(`No such listener: ${unknown.join(', ')}. Listeners: ${known.join(', ')}.`)
const options = {
  seconds: Number(values.minutes) * 60,
  only: values.only,
  peers: Number(values.peers),
  firstPort: Number(values.port),
  report: (line: string) => console.log(line),
}
const result = values.replay
  ? await replayFinding(values.replay, options)
  : await fuzzListeners({ ...options, seed: Number(values.seed) })
print(result)
process.exit(result.findings.length > 0 ? 1 : 0)

function print({ inputs, served, findings, sockets, residentBytes }: FuzzResult): void {
  const counts = Object.values(inputs)
  const mebibytes = (bytes: number) => `${Math.round(bytes / 2 ** 20)} MiB`
  for (const [name, count] of Object.entries(inputs)) console.log(`  ${name.padEnd(12)} ${count}`)
  console.log(
    `listeners: ${counts.reduce((sum, count) => sum + count, 0)} inputs, ${served} peers without a fault served`,
  )
  console.log(`sockets: ${sockets.before} before, ${sockets.after} after`)
  console.log(`memory: ${mebibytes(residentBytes.before)} before, ${mebibytes(residentBytes.after)} after`)
  for (const { listener, what, file } of findings) console.log(`FOUND ${listener}: ${what}\n  ${file}`)
}
