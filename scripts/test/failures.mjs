// A reporter of vitest for what its JSON lacks: what failed assertions have compared, errors outside of tests, such as
// rejections without a handler, and tests that never ended because their process did.
import { writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { root } from '../steps.mjs'

export const failuresFile = join(root, '.cache/failures.json')
/** As much of a message as explains most failures. */
const MAX_LENGTH = 2000
const MAX_CAUSES = 3

export default class Failures {
  onTestRunEnd(modules, errors) {
    const inTests = modules.flatMap((module) => [...failuresOf(module), ...unfinishedIn(module)])
    const unfinished = modules.filter((module) => unfinishedIn(module).length > 0).map(fileOf)
    const files = errors.flatMap((error) => filesOf(error, unfinished) ?? [undefined])
    writeFileSync(failuresFile, JSON.stringify({ inTests, outside: errors.map(outside), files }))
  }
}

/** The failures of a file: those of its tests, and why it or a hook of it failed. */
function failuresOf(module) {
  const file = fileOf(module)
  const own = module.errors().map((error) => `${file}: ${textOf(error)}`)
  const suites = [...module.children.allSuites()].flatMap((suite) =>
    suite.errors().map((error) => `${file} › ${suite.fullName}: ${textOf(error)}`),
  )
  const tests = [...module.children.allTests('failed')].map(
    (test) => `${file} › ${test.fullName}: ${test.result().errors.map(textOf).join('\n')}`,
  )
  return [...own, ...suites, ...tests]
}

function unfinishedIn(module) {
  const file = fileOf(module)
  const tests = [...module.children.allTests('pending')].map((test) => test.fullName)
  return tests.length === 0 ? [] : [`${file} › ${tests[0]}: did not end, and ${tests.length - 1} after it`]
}

function fileOf(module) {
  return relative(root, module.moduleId)
}

/** The files during which an error outside of tests arose; undefined if they are not known. */
function filesOf({ VITEST_TEST_PATH: file, cause }, unfinished) {
  if (file !== undefined) return [relative(root, file)]
  return /^Worker exited/.test(cause?.message) && unfinished.length > 0 ? unfinished : undefined
}

function outside(error) {
  const { VITEST_TEST_PATH: file, VITEST_TEST_NAME: test } = error
  const where = file === undefined ? '' : `, during ${relative(root, file)}${test ? ` › ${test}` : ''}`
  return `outside of a test${where}: ${textOf(error)}`
}

/** The message, what was compared, where, and the causes, each on lines of its own. */
function textOf(error) {
  const text = stripVTControlCharacters(linesOf(error, 0).join('\n'))
  return text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH)} …` : text
}

function linesOf({ name, message, diff, stacks = [], cause }, depth) {
  const own = stacks.find(({ file }) => !file.includes('/node_modules/'))
  return [
    name === undefined || message?.startsWith(name) ? `${message}` : `${name}: ${message}`,
    ...(own === undefined ? [] : [`at ${relative(root, own.file)}:${own.line}`]),
    ...(diff === undefined ? [] : [diff]),
    ...(cause?.message === undefined || depth === MAX_CAUSES ? [] : linesOf(cause, depth + 1)),
  ]
}
