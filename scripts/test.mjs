// npm test: installs what is missing, builds, checks, and runs the tests on Node 20, 22 and 24.
//   npm test -- <vitest arguments>  runs only those tests, on this Node
//   npm run test:long               runs the crash, damage, fuzz, cluster and soak tests for hours
// The last line is `N passed, N failed` in total.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join, relative } from 'node:path'
import { build } from './compile.mjs'
import { ensureInstalled } from './install.mjs'
import { linkCommand } from './link.mjs'
import { outsideErrorsFile } from './outside-errors.mjs'
import { report, requireNode, root, run, StepFailed, say } from './steps.mjs'

const LONG = {
  CRASH_ROUNDS: '1000',
  CRASH_RETENTION_ROUNDS: '1000',
  EVERYTHING_ROUNDS: '300',
  POWER_ROUNDS: '200',
  DAMAGE_ROUNDS: '1000',
  FUZZ_SECONDS: '1800',
  CLUSTER_ROUNDS: '10',
  SOAK_SECONDS: '1800',
  SIMULATED_SEEDS: '5000',
}
const FULL = { CRASH_ROUNDS: '50', FUZZ_SECONDS: '20', SIMULATED_SEEDS: '300' }
const MAX_NAMES = 20
const SHORT = { CRASH_ROUNDS: '5', DAMAGE_ROUNDS: '6', FUZZ_SECONDS: '1' }

/** What depends most on Node, for a version between two that run all of core. */
const BETWEEN = ['--project', 'core'].concat(['log', 'storage', 'client'].map((folder) => `test/${folder}/`))

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
  vitest('all', process.execPath, [], FULL)
  vitest('log, storage, client', node('22'), BETWEEN, SHORT)
  const newest = ['core', 'fuzz', 'e2e'].flatMap((name) => ['--project', name])
  vitest('core, fuzz, e2e', node('24'), newest, SHORT)
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
      'faults/everything',
      'faults/power',
      'jetstream/cluster',
      'faults/cluster',
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
  const counts =
    version === undefined ? notRun('this Node is missing') : runVitest(node, vitestArgs, environment)
  // Only a selection on the command line may leave tests out.
  if (what !== 'chosen') counts.failed += counts.left ?? 0
  results.push({ name, ...counts, seconds: secondsSince(started) })
}

function runVitest(node, vitestArgs, environment) {
  const output = join(root, '.cache/test-results.json')
  mkdirSync(join(root, '.cache'), { recursive: true })
  for (const file of [output, outsideErrorsFile]) rmSync(file, { force: true })
  const status = run(
    node,
    [
      'node_modules/vitest/vitest.mjs',
      'run',
      '--reporter=default',
      '--reporter=json',
      '--reporter=./scripts/outside-errors.mjs',
      `--outputFile.json=${output}`,
    ].concat(vitestArgs),
    { env: { ...environment, ...process.env } },
  )
  if (!existsSync(output)) return notRun('vitest wrote no results')
  return countTests(JSON.parse(readFileSync(output, 'utf8')), status)
}

/**
 * Counts the tests. A file that does not load, an error outside of a test, and a run without a test are failures too.
 */
function countTests(json, status) {
  const brokenFiles = json.testResults.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
  ).length
  const passed = json.numPassedTests
  const failed = json.numFailedTests + brokenFiles
  if (passed + failed === 0) return notRun('no test was executed')
  if (failed === 0 && status !== 0) say('vitest reports an error outside of a test; see above.')
  const left = json.numPendingTests + json.numTodoTests
  return {
    passed,
    failed: failed === 0 && status !== 0 ? 1 : failed,
    left,
    names: [...namesOfFailed(json), ...outsideErrors()],
    second: namesOfSecond(json),
  }
}

function outsideErrors() {
  if (!existsSync(outsideErrorsFile)) return []
  const errors = JSON.parse(readFileSync(outsideErrorsFile, 'utf8'))
  return errors.map(({ message, file, test }) => {
    const where = file === undefined ? '' : `, during ${relative(root, file)}${test ? ` › ${test}` : ''}`
    return `outside of a test${where}: ${firstLine(message)}`
  })
}

/** Returns the names of failed tests. The first ones are shown at the end, where readers of a long log look. */
function namesOfFailed(json) {
  return json.testResults.flatMap(({ name, status, assertionResults }) => {
    const file = relative(root, name)
    const failed = assertionResults.filter((test) => test.status === 'failed')
    if (failed.length === 0) return status === 'failed' ? [`${file} did not load`] : []
    return failed.map((test) => `${file} › ${test.fullName}: ${firstLine(test.failureMessages[0])}`)
  })
}

/** Returns the names of tests that passed at their second attempt only, with what they said at the first. */
function namesOfSecond(json) {
  return json.testResults.flatMap(({ name, assertionResults }) =>
    assertionResults
      .filter(({ status, failureMessages = [] }) => status === 'passed' && failureMessages.length > 0)
      .map(
        (test) =>
          `${relative(root, name)} › ${test.fullName}: at the first attempt: ${firstLine(test.failureMessages[0])}`,
      ),
  )
}

function firstLine(message = '') {
  return message.split('\n', 1)[0].slice(0, 200)
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

function summarise() {
  const total = (key) => results.reduce((sum, result) => sum + result[key], 0)
  console.log('')
  for (const { name, passed, failed, left, seconds, names = [], second = [] } of results) {
    console.log(
      `${failed === 0 ? 'ok  ' : 'FAIL'} ${name}: ${passed} passed, ${failed} failed${left ? `, ${left} not run` : ''} (${seconds} s)`,
    )
    for (const failure of names.slice(0, MAX_NAMES)) console.log(`     ${failure}`)
    for (const passed of second.slice(0, MAX_NAMES))
      console.log(`     passed at the second attempt: ${passed}`)
  }
  console.log(`${total('passed')} passed, ${total('failed')} failed`)
  if (total('failed') > 0) process.exitCode = 1
}
