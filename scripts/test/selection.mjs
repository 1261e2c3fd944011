import { spawnSync } from 'node:child_process'
import { filesUnder, StepFailed } from '../steps.mjs'
import { Importers } from './importers.mjs'

const SINCE = /^--since(?:=|$)/

/**
 * Turns the arguments of a selection into those of vitest: a folder of `src` stands for its tests, and `--since REF`
 * for all tests that a change since then can reach by imports.
 */
export function selection(args) {
  const at = args.findIndex((argument) => SINCE.test(argument))
  if (at < 0) return args.map((argument) => argument.replace(/^src(?=\/|$)/, 'test'))
  const inOne = args[at].includes('=')
  const since = inOne ? args[at].slice('--since='.length) : args[at + 1]
  if (!since) throw new StepFailed('--since needs a commit or a branch, such as main.')
  return [...args.toSpliced(at, inOne ? 1 : 2), ...testsSince(since)]
}

function testsSince(since) {
  const changed = [
    ...git('diff', '--name-only', '-z', since, '--'),
    ...git('ls-files', '-zo', '--exclude-standard'),
  ]
  const sources = ['src', 'console', 'bench', 'scripts', 'test'].flatMap(filesUnder)
  const importers = new Importers(sources.filter((path) => /(?<!\.d)\.(tsx?|mjs)$/.test(path)))
  const reached = new Set(changed.flatMap((path) => importers.all(path)))
  const tests = [...reached].filter((path) => path.endsWith('.test.ts'))
  if (tests.length === 0)
    throw new StepFailed(
      `No test can be reached by imports of what has changed since ${since}: run npm test.`,
    )
  return tests
}

function git(...args) {
  const { status, stdout, stderr } = spawnSync('git', args, { encoding: 'utf8' })
  if (status !== 0) throw new StepFailed(`git cannot tell what has changed: ${stderr}`)
  return stdout.split('\0').filter(Boolean)
}
