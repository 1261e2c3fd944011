// Breaks the sources one line at a time, and says which breaks the tests notice: npm run teeth -- --help
import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { ensureBuilt } from './compile.mjs'
import { readOptions } from './options.mjs'
import { filesUnder, root, say } from './steps.mjs'
import { Copy } from './teeth/copy.mjs'
import { mutated, mutationsOf } from './teeth/mutations.mjs'
import { Types } from './teeth/types.mjs'
import { Importers } from './test/importers.mjs'
import { kinds } from './test/kinds.mjs'

const help = `Breaks the sources one line at a time, and says which breaks the tests notice.

  npm run teeth -- --count 60           draws 60 mutations of src, with a new seed
  npm run teeth -- --seed 7 --count 60  the same ones as last time
  npm run teeth -- --seed 7 --only 12   the mutation of that number alone

  --seed N    which mutations are drawn; the seed is printed
  --count N   how many; default 20
  --only N    one of them
  --first     do not run the second ring for what the first does not notice

A mutation negates a condition, turns an operator, removes a call or an await, or changes a constant. For each, the types
of the file are checked and the tests of the first ring that reach it run, and if they pass, those of the second ring. A
test notices a mutation if it fails with it twice, and passes without it. What nobody notices wants a test, is dead code,
or means the same as before. Works on two copies in .cache/teeth, of which one stays as it is.
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
const FIRST = ['isolated', 'first']
const OF_SECOND = new RegExp(`\\.(${Object.keys(kinds).join('|')})\\.test\\.ts$`)

await ensureBuilt()
const broken = new Copy(join(root, '.cache/teeth/broken'))
const whole = new Copy(join(root, '.cache/teeth/whole'))
process.chdir(broken.folder)
const types = new Types(broken.folder)
const importers = new Importers(['src', 'scripts', 'test'].flatMap(sourcesIn))
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

function sourcesIn(folder) {
  return filesUnder(folder).filter((path) => /(?<!\.d)\.(tsx?|mjs)$/.test(path))
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
    if (!types.pass(path)) return 'types'
    const tests = importers.all(path).filter((file) => file.endsWith('.test.ts'))
    const inFirst = tests.filter((file) => !OF_SECOND.test(file))
    if (await testsNotice(FIRST, nearestFirst(path, inFirst))) return 'first'
    if (!values.first && (await testsNotice(['second'], [tests]))) return 'second'
    return undefined
  } finally {
    writeFileSync(path, text)
  }
}

/** Those of the same folder and those with the shortest way of imports take seconds, and notice most. */
function nearestFirst(path, tests) {
  const folder = `${dirname(path).replace('src', 'test')}/`
  const isNear = (file, way) => file.startsWith(folder) || way < 12
  const others = tests.filter((file, way) => !isNear(file, way))
  return [tests.filter(isNear), others.slice(0, 50), others.slice(50)]
}

async function testsNotice(projects, groups) {
  for (const group of groups) {
    let left = group
    for (;;) {
      const failed = await broken.failing(projects, left, 1)
      if (failed.length === 0) break
      if (await isBecauseOfMutation(projects, failed)) return true
      say(`These fail by chance, or without a mutation too, and are left out: ${failed.join(' ')}`)
      left = left.filter((file) => !failed.includes(file))
    }
  }
  return false
}

async function isBecauseOfMutation(projects, failed) {
  const [again, without] = await Promise.all([
    broken.failing(projects, failed, 1),
    whole.failing(projects, failed),
  ])
  return again.some((file) => !without.includes(file))
}
