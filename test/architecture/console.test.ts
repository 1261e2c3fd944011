import { posix } from 'node:path'
import { expect, test } from 'vitest'
import { filesUnder, importsOf } from './sources.js'

/** What runs in browsers too. */
const shared = ['src/methods/contract/', 'src/types/', 'src/event/', 'src/filter/', 'src/errors/']

const files = filesUnder('console').filter(({ path }) => /\.tsx?$/.test(path))
const arrows = files.flatMap((file) =>
  importsOf(file)
    .filter((specifier) => specifier.startsWith('.'))
    .map((specifier) => ({ from: file.path, to: posix.join(posix.dirname(file.path), specifier) })),
)

test('the console uses only what runs in browsers', () => {
  expect(files.length).toBeGreaterThan(0)
  const wrong = arrows.filter(
    ({ to }) => !to.startsWith('console/') && !shared.some((folder) => to.startsWith(folder)),
  )
  expect(wrong).toEqual([])
})

test('the console uses nothing of events and subscriptions that its build leaves out', () => {
  const left = /\.(?:scalar|rawBytes|toJSON|gateDone)\(|subscription\.(?:events|ack)\(/
  expect(files.filter(({ text }) => left.test(text)).map(({ path }) => path)).toEqual([])
})

test('no page of the console imports another one', () => {
  const pageOf = (path: string) => /^console\/pages\/(\w+)\//.exec(path)?.[1]
  const wrong = arrows.filter(({ from, to }) => {
    const page = pageOf(from)
    return page !== undefined && pageOf(to) !== undefined && pageOf(to) !== page
  })
  expect(wrong).toEqual([])
})

test('texts of the console are in its files of strings', () => {
  const literal = /(?:>\s*[A-Za-z][\w ,.'’-]*<\/|(?:aria-label|title|placeholder|alt)="[^"]*[a-z])/g
  const found = files
    .filter(({ path }) => path.endsWith('.tsx'))
    .flatMap(({ path, text }) => (text.match(literal) ?? []).map((words) => `${path}: ${words}`))
  expect(found).toEqual([])
})
