import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { root } from '../docs/page.js'

interface Component {
  'bom-ref': string
  name: string
  version: string
  scope?: string
  hashes?: { alg: string; content: string }[]
  licenses?: unknown[]
}

const text = (...options: string[]) =>
  execFileSync(process.execPath, [join(root, 'scripts/package/sbom.mjs'), ...options], { encoding: 'utf8' })
const about = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

it('the list of parts has every dependency with its licence and checksum', () => {
  const { bomFormat, specVersion, metadata, components } = JSON.parse(text())
  expect({ bomFormat, specVersion }).toEqual({ bomFormat: 'CycloneDX', specVersion: '1.5' })
  expect(metadata.component).toMatchObject({ name: 'tocsin', version: about.version })
  const names = components.map(({ name }: Component) => name)
  expect(names).toEqual(expect.arrayContaining(Object.keys(about.dependencies)))
  expect(names).toContain('preact')
  // npm keeps no checksum of optional packages for other machines.
  const incomplete = components.filter(
    ({ hashes, licenses, scope }: Component) =>
      (hashes?.[0]?.alg !== 'SHA-512' && scope !== 'optional') || !licenses?.length,
  )
  expect(incomplete).toEqual([])
})

it('the list of the executable has Node.js and LMDB too', () => {
  const { components } = JSON.parse(text('--executable'))
  const versions = new Map(components.map(({ name, version }: Component) => [name, version]))
  expect(versions.get('node')).toBe(process.versions.node)
  expect(versions.has('liblmdb')).toBe(true)
})

it('the list is the same again when nothing has changed', () => {
  expect(text()).toBe(text())
})
