import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { ensureBuilt } from './compile.mjs'
import { ensureInstalled } from './install.mjs'
import { readOptions } from './options.mjs'
import { testProgram } from './test-program.mjs'

const help = `Attacks the listeners of a running hub and all decoders with random input.

  npm run fuzz -- --minutes 30          all side by side
  npm run fuzz -- --only snmp --only http --minutes 5
  npm run fuzz -- --replay FILE         sends the conversations of a finding again

  --minutes N   how long; default 1
  --seed N      repeats the input of a run; each run prints its seed
  --only NAME   this listener alone, without the decoders; several are possible
  --peers N     hostile peers at each listener; default 2
  --port N      first of nine ports of the hub; default 23100

A finding is written into .cache/fuzz with the last conversations of every listener. The exit code is then 1. A listener that does not
exist is refused with the names of all.
`

/** Targets in the longest file of decoders, which run one after the other. */
const TARGETS_IN_TURN = 6

const values = readOptions(
  {
    minutes: { type: 'string', default: '1', form: 'number' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)), form: 'whole number' },
    only: { type: 'string', multiple: true, default: [] },
    peers: { type: 'string', default: '2', form: 'whole number' },
    port: { type: 'string', default: '23100', form: 'whole number' },
    replay: { type: 'string' },
  },
  help,
)
await run()

async function run() {
  await ensureInstalled()
  await ensureBuilt()
  console.log(`seed ${values.seed}`)
  const isAll = values.only.length === 0 && values.replay === undefined
  const results = await Promise.all([listeners(), ...(isAll ? [decoders()] : [])])
  const inputs = results.reduce((sum, each) => sum + each.inputs, 0)
  console.log(`${inputs} inputs in all`)
  process.exitCode = Math.max(...results.map(({ status }) => status ?? 1))
}

async function listeners() {
  const program = await testProgram('fuzz')
  const { seed, minutes, peers, port, only, replay } = values
  const options = { seed, minutes, peers, port, ...(replay && { replay }) }
  const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, value])
  return await counted(
    [program, ...args, ...only.flatMap((name) => ['--only', name])],
    /^listeners: (\d+) inputs/gm,
  )
}

function decoders() {
  const seconds = Math.ceil((Number(values.minutes) * 60) / TARGETS_IN_TURN)
  const env = { ...process.env, FUZZ_SECONDS: String(seconds), FUZZ_SEED: values.seed }
  const vitest = ['node_modules/vitest/vitest.mjs', 'run', '--project', 'fuzz', '--reporter', 'dot']
  return counted(vitest, /^fuzz [\w-]+: (\d+) inputs/gm, env)
}

/** Runs a program whose lines tell how many inputs there were. */
async function counted(args, line, env = process.env) {
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'inherit'] })
  let text = ''
  child.stdout.setEncoding('utf8').on('data', (chunk) => {
    text += chunk
    process.stdout.write(chunk)
  })
  const [status] = await once(child, 'close')
  const inputs = [...text.matchAll(line)].reduce((sum, [, count]) => sum + Number(count), 0)
  return { inputs, status }
}
