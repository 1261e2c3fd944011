import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
// @ts-expect-error a script without types
import { refuseOptions } from '../../scripts/options.mjs'
import { Decoders, replayDecoder } from './decoders.js'
import { namesOfListeners } from './listeners/listeners.js'
import { type FuzzResult, fuzzListeners, replayFinding } from './listeners/run.js'
import { fuzzTargets } from './target.js'
import './targets/index.js'

/** Attacks the listeners of a hub, or with `--decoders` all decoders; `scripts/fuzz.mjs` explains the options. */

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '1' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string', multiple: true },
    peers: { type: 'string', default: '2' },
    port: { type: 'string', default: '23100' },
    replay: { type: 'string' },
    decoders: { type: 'boolean' },
    decoder: { type: 'string', multiple: true },
  },
})
if (values.decoders) process.exit(await fuzzDecoders(values.decoder))
if (isOfDecoder(values.replay)) process.exit(await replay(values.replay))
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

/** Returns the exit code. */
async function fuzzDecoders(only: string[] | undefined): Promise<number> {
  const all = fuzzTargets().map(({ name }) => name)
  const strange = (only ?? []).filter((name) => !all.includes(name))
  if (strange.length > 0)
    refuseOptions(`No such decoder: ${strange.join(', ')}. Decoders: ${all.join(', ')}.`)
  const targets = fuzzTargets().filter(({ name }) => only?.includes(name) ?? true)
  const decoders = new Decoders(targets, {
    seconds: Number(values.minutes) * 60,
    seed: Number(values.seed),
    report: (line) => console.log(line),
  })
  await decoders.all()
  for (const [name, count] of Object.entries(decoders.counts)) console.log(`  ${name.padEnd(20)} ${count}`)
  const sum = Object.values(decoders.counts).reduce((total, count) => total + count, 0)
  console.log(`decoders: ${sum} inputs`)
  for (const { what, hex } of decoders.findings) console.log(`FOUND ${what}\n  ${hex.slice(0, 200)}`)
  return decoders.findings.length > 0 ? 1 : 0
}

function isOfDecoder(file: string | undefined): file is string {
  return file !== undefined && 'target' in JSON.parse(readFileSync(file, 'utf8'))
}

async function replay(file: string): Promise<number> {
  try {
    await replayDecoder(file, fuzzTargets())
  } catch (error) {
    console.log(error)
    return 1
  }
  console.log('the decoder takes this input')
  return 0
}
