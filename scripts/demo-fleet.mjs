// npm run demo:fleet
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Program, until } from './cluster/processes.mjs'
import { readOptions } from './options.mjs'
import { main, report, requireNode, root, StepFailed, say } from './steps.mjs'

const help = `Starts a core and three edge hubs on this machine. The edge hubs forward warnings and keep the rest, and the core asks
them for it. Runs until Ctrl-C, so that other questions can be asked from another terminal.

  npm run demo:fleet
  npm run demo:fleet -- --json

  --json  asks once, prints the answers as one line of JSON, and ends
`
const { json: isJson } = readOptions({ json: { type: 'boolean', default: false } }, help)
const EDGES = ['web1', 'web2', 'db1']
const PAUSE_MS = 500

const folder = mkdtempSync(join(tmpdir(), 'tocsin-fleet-'))
const socketOf = (name) => join(folder, name, 'tocsin.sock')
const running = []
const writing = []

function configOf(name) {
  const listen = `listen: { http: off, unix: [{ path: '${socketOf(name)}', principal: admin }] }\n`
  if (name === 'core')
    return `${listen}hosts: { labels: { 'web*': { role: web }, 'db*': { role: database } } }\n`
  return `${listen}upstreams:
  - name: core
    edge: ${name}
    servers: ['unix:${socketOf('core')}']
    filter: ['demo/warning/']
    answers: { see: '*', monitor: true }
`
}

async function start(name) {
  mkdirSync(join(folder, name), { mode: 0o700 })
  const config = join(folder, name, 'tocsin.yaml')
  writeFileSync(config, configOf(name))
  const args = [main, 'serve', '--no-sources', '--config', config, '--data', join(folder, name, 'data')]
  const program = new Program(name, process.execPath, args)
  running.push(program)
  await program.start('is ready')
}

/** Publishes requests at the edge hubs, of which some are slow: these are warnings. */
async function write(connect) {
  const hubs = await Promise.all(
    EDGES.map(async (name) => ({ name, hub: await connect({ address: `unix:${socketOf(name)}` }) })),
  )
  let n = 0
  const fire = async () => {
    n++
    const isSlow = n % 5 === 0
    const data = { request: n, ms: isSlow ? 900 : 12, ...(isSlow && { severity: 'warning' }) }
    for (const { name, hub } of hubs)
      await hub.publish(isSlow ? `demo/warning/${name}` : `demo/request/${name}`, data)
  }
  for (let first = 0; first < 10; first++) await fire()
  const timer = setInterval(() => fire().catch(() => {}), PAUSE_MS)
  writing.push(() => {
    clearInterval(timer)
    return Promise.all(hubs.map(({ hub }) => hub.close()))
  })
}

function ask(...args) {
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    [main, ...args, '--socket', socketOf('core')],
    {
      encoding: 'utf8',
    },
  )
  if (status !== 0) throw new StepFailed(`tocsin ${args.join(' ')} failed: ${stderr}`)
  return stdout.trim().split('\n')
}

const QUESTIONS = [
  ['read', '--edges', '*', '-n', '6', 'demo/'],
  ['histogram', '--edges', 'web*,!web2', 'demo/', '--from', '-1m', '--buckets', '3'],
  ['status', '--edges', 'role=database'],
]

async function demo() {
  const { connect } = await import(join(root, 'dist/client/index.js'))
  say('starts a core and three edge hubs, which forward warnings only')
  await start('core')
  await Promise.all(EDGES.map(start))
  await write(connect)
  const core = await connect({ address: `unix:${socketOf('core')}` })
  const attached = async () => (await core.request('hub.status', {})).edges?.filter(({ answers }) => answers)
  await until(async () => (await attached())?.length === EDGES.length, 'the edge hubs are attached')
  await until(
    async () => (await core.request('events.read', { filters: ['demo/'] })).count >= 6,
    'warnings arrive',
  )
  const own = await core.request('events.read', { filters: ['demo/'], before: 'end' })
  await core.close()
  return { own: own.count, answers: QUESTIONS.map((words) => ({ words, lines: ask(...words) })) }
}

function tell({ own, answers }) {
  say(`the core itself has ${own} of their events\n`)
  for (const { words, lines } of answers) {
    say(`$ tocsin ${words.map((word) => (/[*!]/.test(word) ? `'${word}'` : word)).join(' ')}`)
    for (const line of lines) say(`  ${line}`)
    say('')
  }
  say('More questions, from another terminal:\n')
  say(`  export TOCSIN_URL=unix:${socketOf('core')}`)
  say("  npx tocsin tail --edges 'web*' 'demo/request/*'")
  say("  npx tocsin values data.ms --edges '*' demo/\n")
  say('Ctrl-C ends the demonstration.')
}

async function stop() {
  await Promise.all(writing.map((end) => end()))
  await Promise.all(running.map((program) => program.kill('SIGTERM')))
  rmSync(folder, { recursive: true, force: true })
}

const interrupted = new Promise((resolve) => {
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, resolve)
})
try {
  requireNode()
  if (!existsSync(main)) throw new StepFailed('Build first: npm ci && npm run build')
  const result = await Promise.race([demo(), interrupted.then(() => undefined)])
  if (result !== undefined && isJson) console.log(JSON.stringify(result))
  else if (result !== undefined) {
    tell(result)
    await interrupted
  }
} catch (error) {
  report(error)
} finally {
  await stop()
}
