import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { ensureBuilt } from './compile.mjs'
import { ensureInstalled } from './install.mjs'
import { readOptions, refuseOptions } from './options.mjs'

const help = `Runs two hubs for long, side by side: memory, descriptors and threads must stay flat.

  npm run test:soak -- --hours 6                every kind of source, sink and rule at one hub, attacks at the other
  npm run test:soak -- --only work --hours 2    one of the two alone: work or attacks

  --hours N, --minutes N   how long; default one hour. In less than five minutes, work is not judged for growth.

Each run is judged by itself, so a long one may be made in parts. The exit code is 1 if something has grown or is left open.
`

const values = readOptions(
  {
    hours: { type: 'string', default: '0', form: 'number' },
    minutes: { type: 'string', default: '0', form: 'number' },
    only: { type: 'string' },
  },
  help,
)
const minutes = Number(values.hours) * 60 + Number(values.minutes) || 60
const programs = {
  work: {
    args: ['node_modules/vitest/vitest.mjs', 'run', 'test/soak'],
    env: { TEST_ROUNDS: `${minutes * 60}` },
  },
  attacks: { args: ['scripts/bench.mjs', '--soak', '--minutes', `${minutes}`], env: {} },
}

if (values.only !== undefined && !(values.only in programs))
  refuseOptions(`--only must be one of ${Object.keys(programs).join(', ')}, not '${values.only}'.`)
await ensureInstalled()
await ensureBuilt()
const chosen = values.only === undefined ? Object.values(programs) : [programs[values.only]]
const codes = await Promise.all(chosen.map(run))
process.exitCode = codes.every((code) => code === 0) ? 0 : 1

async function run({ args, env }) {
  const child = spawn(process.execPath, args, { env: { ...process.env, ...env }, stdio: 'inherit' })
  const [code] = await once(child, 'close')
  return code
}
