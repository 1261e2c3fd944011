import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { allPages, root } from './page.js'

const folder = join(root, 'docs/pictures')
const files = readdirSync(folder)
const shown = allPages().flatMap(({ text }) =>
  [...text.matchAll(/(?:src|srcset)="[^"]*pictures\/([^"/]+)"/g)].map(([, name]) => name),
)

describe('the pictures of the documentation', () => {
  it('are those that pages show, each in both colour schemes', () => {
    expect([...new Set(shown)].toSorted()).toEqual(files.toSorted())
    for (const name of files) expect(files).toContain(name.replace('-dark.', '-light.'))
    expect(files.length).toBeGreaterThan(0)
  })

  it('are small', () => {
    const sizes = files.map((name) => statSync(join(folder, name)).size)
    for (const size of sizes) expect(size).toBeLessThanOrEqual(150 * 1024)
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(1024 * 1024)
  })

  it('are not in the package', () => {
    const { files: packed } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
    expect(packed).toContain('!docs/pictures')
  })

  it('have a text for those who do not see them', () => {
    const images = allPages().flatMap(({ text }) => text.match(/<img [^>]*>/g) ?? [])
    expect(images.filter((image) => !/ alt="[^"]{20,}"/.test(image))).toEqual([])
  })
})
