import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { ErrorEntry } from '../../src/errors/area.js'
import { addErrors, areas, catalogue } from '../../src/errors/catalogue.js'
// The definitions of faces add errors of their own.
import '../../src/faces/index.js'

describe('the error catalogue', () => {
  it.each(Object.entries(catalogue))('%s has a status, a summary and a remedy', (code, entry) => {
    expect(code).toMatch(/^TCN(_[A-Z0-9]+)+$/)
    expect(entry.status).toBeGreaterThanOrEqual(400)
    expect(entry.status).toBeLessThan(600)
    expect(entry.summary).toMatch(/^[a-z].*[^.]$/)
    expect(entry.remedy).toMatch(/^[A-Z].*\.$/)
  })

  it('tells the reader what to do, and not only where to look', () => {
    const remedies = Object.values<ErrorEntry>(catalogue).map(({ remedy }) => remedy)
    expect(remedies.filter((remedy) => /^See\b/.test(remedy))).toEqual([])
  })

  it('has each code in one area, and each area under one title', () => {
    const codes = areas.flatMap(({ errors }) => Object.keys(errors))
    expect(codes).toEqual([...new Set(codes)])
    expect(Object.keys(catalogue)).toEqual(codes)
    expect(new Set(areas.map(({ title }) => title)).size).toBe(areas.length)
  })

  it('takes a code and a title once', () => {
    const errors = { TCN_TAG_EMPTY: { status: 400, summary: 's', remedy: 'R.' } }
    expect(() => addErrors({ title: 'Other', errors })).toThrow('TCN_TAG_EMPTY')
    expect(() => addErrors({ title: areas[0].title, errors: {} })).toThrow(areas[0].title)
    const count = areas.length
    addErrors(areas[0])
    expect(areas).toHaveLength(count)
  })

  it('has no code that nothing raises', () => {
    const raised = new Set([
      ...codesIn('src', ['src/errors', 'src/cli/help/exit-codes.ts']),
      ...codesIn('python/tocsin', []),
    ])
    expect(Object.keys(catalogue).filter((code) => !raised.has(code))).toEqual([])
  })
})

/** Raises errors of its own, although it is beside the catalogue. */
const RAISING = 'src/errors/tocsin-error.ts'

/** The codes that stand as text literals in the source files, except in those left out. */
function codesIn(folder: string, leftOut: readonly string[]): Set<string> {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((file) => /\.(ts|py)$/.test(file))
    .filter((file) => file === RAISING || !leftOut.some((path) => file.startsWith(path)))
    .filter((file) => !/^src\/faces\/\w+\/errors\.ts$/.test(file))
  return new Set(
    files.flatMap((file) =>
      [...readFileSync(file, 'utf8').matchAll(/['"](TCN_[A-Z0-9_]+)['"]/g)].map(([, code]) => code),
    ),
  )
}
