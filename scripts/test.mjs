// The three rings of tests, which CONTRIBUTING.md explains:
//   npm test             types, style, packages, all tests of one process, and the first page of the README
//   npm run test:all     all other tests, with one short round of those that find more the longer they run
//   npm run test:long    those, for hours
// With `-- src/rules` or `-- test/rules` only the tests of that folder, with `-- --since main` only those that a
// change since then can reach by imports. Other arguments are for vitest. The last line is `N passed, N failed`.
import { ensureBuilt } from './compile.mjs'
import { ensureInstalled } from './install.mjs'
import { report, requireNode, run } from './steps.mjs'
import { checkAll } from './test/checks.mjs'
import { check, record, summarise } from './test/results.mjs'
import { rings } from './test/rings.mjs'
import { runTests } from './test/vitest.mjs'

const [name, ...args] = process.argv.slice(2)
const ring = rings[name]

try {
  requireNode()
  await ensureInstalled()
  if (args.length > 0) await runChosen()
  else await runRing()
} catch (error) {
  report(error)
  record({ name: 'set-up', passed: 0, failed: 1, seconds: 0 })
}
summarise()

async function runChosen() {
  // It needs a package that has just been installed.
  const { selection } = await import('./test/selection.mjs')
  runTests({ ...ring.runs[0], what: 'chosen', files: selection(args) })
}

async function runRing() {
  if (ring.setUp) await check('set-up', () => run('bash', ['scripts/setup-tests.sh']))
  await check('build', ensureBuilt)
  if (ring.checks) await checkAll()
  for (const tests of ring.runs) runTests(tests)
}
