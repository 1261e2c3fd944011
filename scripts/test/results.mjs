import { StepFailed, say } from '../steps.mjs'
import { readTimes } from './times.mjs'

const MAX_NAMES = 20
const SLOWEST = 10

/** The tests that passed and failed in each step so far, with the reasons. */
const results = []

export function record(result) {
  results.push(result)
}

/** Runs a step that is one check: it passes if the action returns 0 or nothing. */
export async function check(name, action) {
  say(`\n── ${name}`)
  const started = Date.now()
  let passed = false
  try {
    passed = ((await action()) ?? 0) === 0
  } catch (error) {
    if (!(error instanceof StepFailed)) throw error
    say(error.message)
  }
  recordCheck(name, passed, started)
}

export function recordCheck(name, passed, started) {
  record({ name, passed: passed ? 1 : 0, failed: passed ? 0 : 1, seconds: secondsSince(started) })
}

export function notRun(reason) {
  say(`Nothing ran: ${reason}`)
  return { passed: 0, failed: 1, seconds: 0 }
}

export function secondsSince(started) {
  return Math.round((Date.now() - started) / 1000)
}

export function summarise() {
  console.log('')
  for (const result of results) printResult(result)
  printSlowest(results.flatMap(({ files = [] }) => files))
  const total = (key) => results.reduce((sum, result) => sum + result[key], 0)
  console.log(`${total('passed')} passed, ${total('failed')} failed`)
  if (total('failed') > 0) process.exitCode = 1
}

function printResult({ name, passed, failed, left, seconds, names = [], second = [] }) {
  const verdict = failed === 0 ? 'ok  ' : 'FAIL'
  const skipped = left ? `, ${left} not run` : ''
  const attempts = second.length > 0 ? `, ${second.length} at the second attempt` : ''
  console.log(`${verdict} ${name}: ${passed} passed, ${failed} failed${skipped}${attempts} (${seconds} s)`)
  for (const failure of names.slice(0, MAX_NAMES)) console.log(indented(failure))
  for (const failure of second.slice(0, MAX_NAMES))
    console.log(indented(`passed at the second attempt, after: ${failure}`))
}

function printSlowest(files) {
  const times = readTimes()
  const slowest = [...new Set(files)].sort((a, b) => times[b] - times[a]).slice(0, SLOWEST)
  if (slowest.length < SLOWEST) return
  console.log(`slowest: ${slowest.map((file) => `${file} ${Math.round(times[file])} s`).join(', ')}`)
}

/** Lines after the first one stand further to the right. */
function indented(text) {
  return `     ${text.replaceAll('\n', '\n       ')}`
}
