import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { processIo } from '../../src/cli/io.js'
import { buildProgram } from '../../src/cli/program.js'

const root = fileURLToPath(new URL('../..', import.meta.url))
const recipe = readFileSync(join(root, 'packaging/oci/Containerfile'), 'utf8')
const steps = stepsOf(recipe)

function stepsOf(text: string): { name: string; words: string[] }[] {
  return text
    .replace(/^#.*\n/gm, '')
    .replace(/\\\n/g, '')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [name, ...words] = line.split(/\s+/)
      return { name, words }
    })
}

const of = (name: string) => steps.filter((step) => step.name === name).map(({ words }) => words)
const list = (words: string[]) => JSON.parse(words.join(' ')) as string[]

it('copies what exists in a clone, and only from stages that exist', () => {
  const stages = of('FROM').flatMap((words) => (words[1] === 'AS' ? [words[2]] : []))
  for (const words of of('COPY')) {
    const [from, ...others] = words
    if (from.startsWith('--from=')) expect(stages).toContain(from.slice('--from='.length))
    else
      for (const path of [from, ...others].slice(0, -1)) expect(existsSync(join(root, path)), path).toBe(true)
  }
})

it('takes from the package what the package has', () => {
  const made = readFileSync(join(root, 'scripts/package/deb.mjs'), 'utf8')
  const taken = of('COPY').flatMap(([from, path]) => (from.startsWith('--from=') ? [path] : []))
  expect(taken).toHaveLength(2)
  for (const path of taken) expect(made).toContain(`'${path.replace('/out/root/', '')}'`)
  expect(made).toContain("symlinkSync('../lib/tocsin/tocsin'")
})

it('runs scripts of npm that exist', () => {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const names = [...recipe.matchAll(/npm run (\S+)/g)].map(([, name]) => name)
  expect(names).toEqual(['package:deb'])
  for (const name of names) expect(scripts).toHaveProperty([name])
})

it('starts the hub, and asks for its health, with options that exist', () => {
  const program = buildProgram(processIo())
  const health = JSON.parse(/CMD (\[.*\])/.exec(of('HEALTHCHECK')[0].join(' '))![1]) as string[]
  expect(list(of('ENTRYPOINT')[0])).toEqual(['tocsin'])
  for (const [name, ...options] of [list(of('CMD')[0]), health.slice(1)]) {
    const command = program.commands.find((each) => each.name() === name)
    const known = command?.options.map(({ long }) => long)
    for (const option of options.filter((each) => each.startsWith('--')))
      expect(known, name).toContain(option)
  }
})

it('never runs as root, and keeps the data in a volume of its user', () => {
  expect(of('USER')).toEqual([['4580:4580']])
  expect(of('VOLUME')).toEqual([['/var/lib/tocsin']])
  expect(steps.findIndex(({ name }) => name === 'USER')).toBeGreaterThan(
    steps.findLastIndex(({ name }) => name === 'RUN'),
  )
})

it('is run in the same way without Debian', () => {
  const settings = (text: string) =>
    stepsOf(text)
      .filter(
        ({ name, words }) =>
          /^(?:USER|VOLUME|EXPOSE|STOPSIGNAL|ENTRYPOINT|CMD)$/.test(name) && words.length > 0,
      )
      .map(({ name, words }) => `${name} ${words.join(' ')}`)
  const small = readFileSync(join(root, 'packaging/oci/scratch.Containerfile'), 'utf8')
  expect(settings(small)).toHaveLength(6)
  expect(settings(small)).toEqual(settings(recipe))
})
