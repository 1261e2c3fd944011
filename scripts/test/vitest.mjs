import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join, relative } from 'node:path'
import { root, run, say } from '../steps.mjs'
import { failuresFile } from './failures.mjs'
import { notRun, record, secondsSince } from './results.mjs'

/** If more files failed, there is no second attempt: that is not by chance. */
const MAX_AGAIN = 8

/** Runs tests with vitest, on this Node.js or another version, and records the result. */
export function runTests({ what, node, projects = [], files = [], env = {}, secondAttempt = false }) {
  const program = node === undefined ? process.execPath : join(root, `.cache/node${node}/node`)
  const version = versionOf(program)
  const name = `${what} on Node ${version ?? node}`
  say(`\n── ${name}`)
  if (version === undefined) return record({ name, ...notRun('this Node is missing; see above.') })
  const started = Date.now()
  const options = projects.flatMap((project) => ['--project', project])
  const attempt = (chosen) => runVitest(program, [...options, ...chosen], env)
  const first = attempt(files)
  const counts = secondAttempt && process.env.CI ? withSecondAttempt(first, attempt) : first
  // Only a selection on the command line may leave tests out.
  if (what !== 'chosen') counts.failed += counts.left ?? 0
  record({ name, ...counts, seconds: secondsSince(started) })
}

/** Runs the files in which something failed again, when nothing else runs on the machine. */
function withSecondAttempt(first, attempt) {
  const { failedFiles = [] } = first
  if (failedFiles.length === 0 || failedFiles.length > MAX_AGAIN) return first
  say(`\n── the second attempt of ${failedFiles.join(', ')}`)
  const second = attempt(failedFiles)
  if (second.failed > 0) return { ...first, names: [...first.names, ...(second.names ?? []).map(again)] }
  const others = first.results.filter(({ name }) => !failedFiles.includes(relative(root, name)))
  return { ...countTests([...others, ...second.results], 0), second: first.names }
}

function again(failure) {
  return `at the second attempt: ${failure}`
}

function runVitest(node, args, env) {
  const output = join(root, '.cache/test-results.json')
  mkdirSync(join(root, '.cache'), { recursive: true })
  for (const file of [output, failuresFile]) rmSync(file, { force: true })
  const reporters = ['default', 'json', './scripts/test/failures.mjs', './scripts/test/times.mjs']
  const status = run(
    node,
    [
      'node_modules/vitest/vitest.mjs',
      'run',
      ...reporters.map((reporter) => `--reporter=${reporter}`),
      `--outputFile.json=${output}`,
      ...args,
    ],
    { env: { ...env, ...process.env } },
  )
  if (!existsSync(output)) return notRun('vitest wrote no results.')
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
  if (passed + failed === 0) return notRun('no test was executed.')
  const { inTests, outside, files } = failures()
  const isOutside = outside.length > 0 || (failed === 0 && status !== 0)
  if (isOutside) say('vitest reports an error outside of a test; see above.')
  return {
    passed,
    failed: failed === 0 && isOutside ? 1 : failed,
    left: states.length - passed - count('failed'),
    names: [...inTests, ...outside],
    results,
    files: results.map(({ name }) => relative(root, name)),
    /** Those in which something failed, if nothing failed elsewhere. */
    failedFiles: isOutside && !isKnown(files) ? undefined : filesOnce(failedFiles, files),
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

function versionOf(node) {
  const { status, stdout } = spawnSync(node, ['--version'], { encoding: 'utf8' })
  return status === 0 ? stdout.trim().slice(1) : undefined
}
