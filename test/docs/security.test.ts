import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { root } from './page.js'

const page = readFileSync(join(root, 'SECURITY.md'), 'utf8')
const [, boundaries] = /### Boundaries, and the tests that hold them\n\n([^#]*)/.exec(page) ?? []
const rows = (boundaries ?? '')
  .split('\n')
  .filter((line) => line.startsWith('|'))
  .slice(2)
  .map((line) => line.split('|').slice(1, -1))

describe('the threat model', () => {
  it('has boundaries', () => {
    expect(rows.length).toBeGreaterThan(10)
  })

  it.each(rows)('names tests that exist for the boundary of%s', (_name, _what, tests) => {
    const paths = [...tests.matchAll(/`(test\/[^`]+)`/g)].map(([, path]) => join(root, path))
    expect(paths).not.toEqual([])
    expect(paths.filter((path) => !existsSync(path))).toEqual([])
    for (const path of paths) expect(testsIn(path)).not.toEqual([])
  })
})

function testsIn(path: string): string[] {
  if (!statSync(path).isDirectory()) return [path]
  const names = readdirSync(path, { recursive: true, encoding: 'utf8' })
  return names.filter((name) => name.endsWith('.test.ts'))
}
