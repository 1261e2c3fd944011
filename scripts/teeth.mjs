// Breaks the sources one line at a time, and says which breaks the tests notice: npm run teeth -- --help
import { spawn } from 'node:child_process'
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { ensureBuilt } from './compile.mjs'
import { readOptions } from './options.mjs'
import { filesUnder, root, say } from './steps.mjs'
import { mutated, mutationsOf } from './teeth/mutations.mjs'
import { Importers } from './test/importers.mjs'

const help = `Breaks the sources one line at a time, and says which breaks the tests notice.

  npm run teeth -- --count 60           draws 60 mutations of src, with a new seed
  npm run teeth -- --seed 7 --count 60  the same ones as last time
  npm run teeth -- --seed 7 --only 12   the mutation of that number alone

  --seed N    which mutations are drawn; the seed is printed
  --count N   how many; default 20
  --only N    one of them
  --first     do not run the second ring for what the first does not notice

A mutation negates a condition, turns an operator, removes a call or an await, or changes a constant. For each, types and
the tests of the first ring that reach the file run, and if they pass, those of the second ring. What nobody notices
wants a test, is dead code, or means the same as before. Works on a copy in .cache/teeth.
`

const values = readOptions(
  {
    seed: { type: 'string', form: 'whole number' },
    count: { type: 'string', default: '20', form: 'whole number' },
    only: { type: 'string', form: 'whole number' },
    first: { type: 'boolean', default: false },
  },
  help,
)
const seed = Number(values.seed ?? Date.now() % 1e9)
const copy = join(root, '.cache/teeth')
/** A test that waits for what never comes ends then; so does a loop without end. */
const LIMIT_MS = 15 * 60_000
/** Files that are installed or made, among them the copy itself. */
const NOT_COPIED = /^(node_modules|\.git|\.cache|\.compiled.*)$/
const FIRST = ['isolated', 'first']
const TYPES = ['-p', 'tsconfig.json', '--incremental', '--tsBuildInfoFile', '../teeth.tsbuildinfo']

await ensureBuilt()
makeCopy()
process.chdir(copy)
if (!(await passesTypes())) throw new Error('The types of the sources are wrong before any mutation.')
const importers = new Importers(['src', 'test'].flatMap(sourcesIn))
const results = []
say(`seed ${seed}`)
for (const [number, mutation] of draw(Number(values.count)).entries()) {
  if (values.only !== undefined && Number(values.only) !== number) continue
  const noticed = await judge(mutation)
  results.push(noticed)
  const { path, line, kind, original, replacement } = mutation
  console.log(`${number} ${noticed ?? 'NOBODY'}: ${path}:${line} ${kind}: ${original} → ${replacement}`)
}
const counted = (name) => results.filter((noticed) => noticed === name).length
console.log(
  `${results.length} mutations: types ${counted('types')}, first ring ${counted('first')}, second ring ${counted('second')}, nobody ${counted(undefined)}`,
)

function makeCopy() {
  rmSync(copy, { recursive: true, force: true })
  mkdirSync(copy, { recursive: true })
  const copied = readdirSync(root).filter((name) => !NOT_COPIED.test(name))
  for (const name of copied) cpSync(join(root, name), join(copy, name), { recursive: true })
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))
}

function sourcesIn(folder) {
  return filesUnder(join(copy, folder))
    .map((path) => path.slice(copy.length + 1))
    .filter((path) => /(?<!\.d)\.tsx?$/.test(path))
}

/** Draws mutations, each line of the sources as likely as any other that has one. */
function draw(count) {
  const all = sourcesIn('src').flatMap((path) => mutationsOf(path, readFileSync(path, 'utf8')))
  let state = (seed % 2147483646) + 1
  const below = (limit) => {
    state = (state * 48271) % 2147483647
    return state % limit
  }
  return Array.from({ length: count }, () => all[below(all.length)])
}

/** Returns the first of the checks that fails with the mutation: `types`, `first`, `second`, or undefined. */
async function judge(mutation) {
  const { path } = mutation
  const text = readFileSync(path, 'utf8')
  writeFileSync(path, mutated(text, mutation))
  try {
    const tests = importers.all(path).filter((file) => file.endsWith('.test.ts'))
    if (!(await passesTypes())) return 'types'
    // Those of the same folder, which notice most, take seconds.
    const near = tests.filter((file) => file.startsWith(`${dirname(path).replace('src', 'test')}/`))
    if (!(await passTests(FIRST, near)) || !(await passTests(FIRST, tests))) return 'first'
    if (!values.first && !(await passTests(['second'], tests))) return 'second'
    return undefined
  } finally {
    writeFileSync(path, text)
  }
}

function passesTypes() {
  return passes('node_modules/typescript/bin/tsc', TYPES)
}

async function passTests(projects, tests) {
  if (tests.length === 0) return true
  const options = projects.flatMap((project) => ['--project', project])
  return passes('node_modules/vitest/vitest.mjs', [
    'run',
    '--bail=1',
    '--passWithNoTests',
    ...options,
    ...tests,
  ])
}

async function passes(program, args) {
  const child = spawn(process.execPath, [program, ...args], { stdio: 'ignore', cwd: copy, detached: true })
  const limit = setTimeout(() => process.kill(-child.pid, 'SIGKILL'), LIMIT_MS)
  const code = await new Promise((resolve) => child.on('close', resolve))
  clearTimeout(limit)
  return code === 0
}
