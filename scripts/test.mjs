// npm test: installs what is missing, builds, checks, and runs the tests on Node 20, 22 and 24.
//   npm test -- <vitest arguments>  runs only those tests, on this Node
//   npm run test:long               runs the crash, damage, fuzz, cluster and soak tests for hours
// The last line is `N passed, N failed` in total.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join, relative } from 'node:path'
import { build } from './compile.mjs'
import { failuresFile } from './failures.mjs'
import { ensureInstalled } from './install.mjs'
import { linkCommand } from './link.mjs'
import { report, requireNode, root, run, StepFailed, say } from './steps.mjs'

const LONG = {
  CRASH_ROUNDS: '1000',
  CRASH_RETENTION_ROUNDS: '1000',
  EVERYTHING_ROUNDS: '300',
  POWER_ROUNDS: '200',
  POWER_HUB_ROUNDS: '200',
  DAMAGE_ROUNDS: '1000',
  SANITIZED_ROUNDS: '1000',
  FUZZ_SECONDS: '1800',
  CLUSTER_ROUNDS: '10',
  FAULT_ROUNDS: '150',
  SOAK_SECONDS: '1800',
  EDGE_ROUNDS: '200',
  STANDSTILL_ROUNDS: '20',
  NETCONF_ROUNDS: '200',
  SIMULATED_SEEDS: '5000',
}
const FULL = { CRASH_ROUNDS: '30', FUZZ_SECONDS: '3' }
const MAX_NAMES = 20
/** On CI, files in which something failed have a second attempt, when nothing else runs; not if more files than this did. */
const MAX_AGAIN = 8
/** Tests with random input, and tests of the repository, have no second attempt. */
const NOT_AGAIN = /^test\/(fuzz|architecture|docs|scripts)\//
const SHORT = { COMMIT_ROUNDS: '50', CRASH_ROUNDS: '5', DAMAGE_ROUNDS: '6', FUZZ_SECONDS: '1' }
/** By themselves, with a processor each, they take a third of the time that they take among other tests. */
const SEEDS = { SIMULATED_SEEDS: '500' }

/** The tests that depend most on Node.js, for versions after the oldest, which runs all. */
const BETWEEN = projects('core', 'alone').concat(['log', 'storage', 'client'].map(testsIn))
const NEWEST = [
  ...projects('core', 'alone', 'e2e'),
  ...['client', 'e2e', 'faces', 'hub', 'log', 'processes', 'sources', 'storage'].map(testsIn),
]

const results = []
const args = process.argv.slice(2)

try {
  requireNode()
  await ensureInstalled()
  if (args[0] === '--long') await runLong()
  else if (args.length > 0) runChosen()
  else await runAll()
} catch (error) {
  report(error)
  results.push({ name: 'set-up', passed: 0, failed: 1, seconds: 0 })
}
summarise()

async function runAll() {
  await check('set-up', () => run('bash', ['scripts/setup-tests.sh']))
  await check('build', buildAnew)
  await Promise.all([
    tool('types', 'typescript/bin/tsc', ['-p', 'tsconfig.json']),
    tool('types of the console', 'typescript/bin/tsc', ['-p', 'console']),
    tool('biome', '@biomejs/biome/bin/biome', ['check']),
    tool('publint', 'publint/src/cli.js', ['--strict']),
    tool('attw', '@arethetypeswrong/cli/dist/index.js', ['--pack', '--profile', 'esm-only']),
  ])
  vitest('all but simulation', process.execPath, ['--project', '!simulation'], FULL)
  vitest('log, storage, client', node('22'), BETWEEN, SHORT)
  vitest('what depends on Node', node('24'), NEWEST, SHORT)
  vitest('simulation', node('24'), ['--project', 'simulation'], SEEDS)
}

function projects(...names) {
  return names.flatMap((name) => ['--project', name])
}

function testsIn(folder) {
  return `test/${folder}/`
}

function node(version) {
  return join(root, `.cache/node${version}/node`)
}

async function runLong() {
  await check('set-up', () => run('bash', ['scripts/setup-tests.sh']))
  vitest(
    'long',
    process.execPath,
    [
      'fuzz',
      'crash',
      'damage',
      'lmdb-sanitized',
      'faults/everything',
      'faults/power',
      'jetstream/cluster',
      'faults/cluster',
      'faults/netconf-rounds',
      'simulation',
      'test/soak',
    ],
    LONG,
  )
}

function runChosen() {
  vitest('chosen', process.execPath, args, {})
}

/** Builds from nothing, so that no file of an earlier build makes a test pass. */
async function buildAnew() {
  rmSync(join(root, 'dist'), { recursive: true, force: true })
  await build()
  linkCommand()
  return 0
}

/** Runs a tool in parallel with others. Its output is shown in one piece when it has ended. */
async function tool(name, path, toolArgs) {
  const started = Date.now()
  const program = spawn(process.execPath, [join(root, 'node_modules', path), ...toolArgs], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const output = []
  for (const stream of [program.stdout, program.stderr]) stream.on('data', (chunk) => output.push(chunk))
  const [status] = await once(program, 'close')
  say(`\n── ${name}\n${Buffer.concat(output)}`)
  record(name, status === 0, started)
}

async function check(name, action) {
  say(`\n── ${name}`)
  const started = Date.now()
  let status = 1
  try {
    status = await action()
  } catch (error) {
    if (!(error instanceof StepFailed)) throw error
    say(error.message)
  }
  record(name, status === 0, started)
}

function record(name, passed, started) {
  results.push({ name, passed: passed ? 1 : 0, failed: passed ? 0 : 1, seconds: secondsSince(started) })
}

function vitest(what, node, vitestArgs, environment) {
  const version = versionOf(node)
  const name = `${what} on Node ${version ?? node}`
  say(`\n── ${name}`)
  const started = Date.now()
  const attempt = (chosen) => runVitest(node, chosen, environment)
  const counts =
    version === undefined ? notRun('this Node is missing') : withSecondAttempt(attempt(vitestArgs), attempt)
  // Only a selection on the command line may leave tests out.
  if (what !== 'chosen') counts.failed += counts.left ?? 0
  results.push({ name, ...counts, seconds: secondsSince(started) })
}

/** Runs again the files in which something failed, if all of them may have a second attempt. */
function withSecondAttempt(first, attempt) {
  if (!process.env.CI || first.failed === 0 || first.files === undefined) return first
  const { files } = first
  if (files.length === 0 || files.length > MAX_AGAIN || files.some((file) => NOT_AGAIN.test(file)))
    return first
  say(`\n── the second attempt of ${files.join(', ')}`)
  const second = attempt(files)
  if (second.failed > 0) return { ...first, names: [...first.names, ...(second.names ?? []).map(again)] }
  const others = first.results.filter(({ name }) => !files.includes(relative(root, name)))
  return { ...countTests([...others, ...second.results], 0), second: first.names }
}

function again(failure) {
  return `at the second attempt: ${failure}`
}

function runVitest(node, vitestArgs, environment) {
  const output = join(root, '.cache/test-results.json')
  mkdirSync(join(root, '.cache'), { recursive: true })
  for (const file of [output, failuresFile]) rmSync(file, { force: true })
  const status = run(
    node,
    [
      'node_modules/vitest/vitest.mjs',
      'run',
      '--reporter=default',
      '--reporter=json',
      '--reporter=./scripts/failures.mjs',
      `--outputFile.json=${output}`,
    ].concat(vitestArgs),
    { env: { ...environment, ...process.env } },
  )
  if (!existsSync(output)) return notRun('vitest wrote no results')
  return countTests(JSON.parse(readFileSync(output, 'utf8')).testResults, status)
}

/**
 * Counts the tests. A file that does not load, an error outside of a test, and a run without a test are failures too.
 */
function countTests(results, status) {
  const failedFiles = results.filter((file) => file.status === 'failed')
  const states = results.flatMap(({ assertionResults }) => assertionResults.map((test) => test.status))
  const count = (wanted) => states.filter((state) => state === wanted).length
  const broken = failedFiles.filter(({ assertionResults }) => assertionResults.every(isNotFailed)).length
  const [passed, failed] = [count('passed'), count('failed') + broken]
  if (passed + failed === 0) return notRun('no test was executed')
  const { inTests, outside, files } = failures()
  const isOutside = outside.length > 0 || (failed === 0 && status !== 0)
  if (isOutside) say('vitest reports an error outside of a test; see above.')
  return {
    passed,
    failed: failed === 0 && isOutside ? 1 : failed,
    left: states.length - passed - count('failed'),
    names: [...inTests, ...outside],
    results,
    /** Those in which something failed, if nothing failed elsewhere. */
    files: isOutside && !isKnown(files) ? undefined : filesOnce(failedFiles, files),
  }
}

/** Returns whether all errors outside of tests arose in files that are known. */
function isKnown(files) {
  return files.length > 0 && !files.includes(null)
}

function filesOnce(failedFiles, files) {
  return [...new Set([...failedFiles.map(({ name }) => relative(root, name)), ...files])]
}

function isNotFailed({ status }) {
  return status !== 'failed'
}

/** Says what failed, and which errors arose outside of tests. */
function failures() {
  if (!existsSync(failuresFile)) return { inTests: [], outside: [], files: [] }
  return JSON.parse(readFileSync(failuresFile, 'utf8'))
}

function notRun(reason) {
  say(`Nothing ran: ${reason}.`)
  return { passed: 0, failed: 1 }
}

function versionOf(node) {
  const { status, stdout } = spawnSync(node, ['--version'], { encoding: 'utf8' })
  return status === 0 ? stdout.trim().slice(1) : undefined
}

function secondsSince(started) {
  return Math.round((Date.now() - started) / 1000)
}

/** Lines after the first one stand further to the right. */
function indented(text) {
  return `     ${text.replaceAll('\n', '\n       ')}`
}

function summarise() {
  const total = (key) => results.reduce((sum, result) => sum + result[key], 0)
  console.log('')
  for (const { name, passed, failed, left, seconds, names = [], second = [] } of results) {
    console.log(
      `${failed === 0 ? 'ok  ' : 'FAIL'} ${name}: ${passed} passed, ${failed} failed${left ? `, ${left} not run` : ''} (${seconds} s)`,
    )
    for (const failure of names.slice(0, MAX_NAMES)) console.log(indented(failure))
    for (const passed of second.slice(0, MAX_NAMES))
      console.log(indented(`passed at the second attempt, after: ${passed}`))
  }
  console.log(`${total('passed')} passed, ${total('failed')} failed`)
  if (total('failed') > 0) process.exitCode = 1
}
