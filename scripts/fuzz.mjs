import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { ensureBuilt } from './compile.mjs'
import { ensureInstalled } from './install.mjs'
import { readOptions } from './options.mjs'
import { testProgram } from './test-program.mjs'

const help = `Attacks the listeners of a running hub and all decoders with random input.

  npm run fuzz -- --minutes 30          all side by side
  npm run fuzz -- --only snmp --only http --minutes 5
  npm run fuzz -- --decoders            the decoders alone
  npm run fuzz -- --decoder snmp        one decoder
  npm run fuzz -- --replay FILE         gives the input of a finding again

  --minutes N   how long; default 1
  --seed N      repeats the input of a run; each run prints its seed
  --only NAME   this listener alone, without the decoders; several are possible
  --decoders    all decoders, without the listeners; they have no hub
  --decoder NAME  this decoder alone; several are possible
  --peers N     hostile peers at each listener; default 2
  --port N      first of nine ports of the hub; default 23100

A finding is written into .cache/fuzz: of a listener with the last conversations of every listener, of a decoder with its input. An
input that takes more than 50 ms of the processor is a finding. The exit code is then 1. A listener or decoder that does not exist is
refused with the names of all.
`

const values = readOptions(
  {
    minutes: { type: 'string', default: '1', form: 'number' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)), form: 'whole number' },
    only: { type: 'string', multiple: true, default: [] },
    peers: { type: 'string', default: '2', form: 'whole number' },
    port: { type: 'string', default: '23100', form: 'whole number' },
    replay: { type: 'string' },
    decoders: { type: 'boolean', default: false },
    decoder: { type: 'string', multiple: true, default: [] },
  },
  help,
)
await run()

async function run() {
  await ensureInstalled()
  await ensureBuilt()
  const program = await testProgram('fuzz')
  console.log(`seed ${values.seed}`)
  const { only, replay, decoder } = values
  const isDecoders = values.decoders || decoder.length > 0
  const isAll = only.length === 0 && replay === undefined && !isDecoders
  const results = await Promise.all([
    ...(isDecoders ? [] : [listeners(program)]),
    ...(isDecoders || isAll ? [decoders(program)] : []),
  ])
  const inputs = results.reduce((sum, each) => sum + each.inputs, 0)
  console.log(`${inputs} inputs in all`)
  process.exitCode = Math.max(...results.map(({ status }) => status ?? 1))
}

function listeners(program) {
  const { seed, minutes, peers, port, replay } = values
  const options = { seed, minutes, peers, port, ...(replay && { replay }) }
  const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, value])
  return counted([program, ...args, ...several('only')], /^listeners: (\d+) inputs/gm)
}

function decoders(program) {
  const { seed, minutes } = values
  const args = ['--decoders', '--seed', seed, '--minutes', minutes, ...several('decoder')]
  return counted([program, ...args], /^decoders: (\d+) inputs/gm)
}

function several(name) {
  return values[name].flatMap((value) => [`--${name}`, value])
}

/** Runs a program whose lines tell how many inputs there were. */
async function counted(args, line) {
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  let text = ''
  child.stdout.setEncoding('utf8').on('data', (chunk) => {
    text += chunk
    process.stdout.write(chunk)
  })
  const [status] = await once(child, 'close')
  const inputs = [...text.matchAll(line)].reduce((sum, [, count]) => sum + Number(count), 0)
  return { inputs, status }
}
