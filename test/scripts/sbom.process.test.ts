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
  const incomplete = components.filter(
    ({ hashes, licenses }: Component) => hashes?.[0]?.alg !== 'SHA-512' || !licenses?.length,
  )
  expect(incomplete).toEqual([])
})

it('the list has nothing that is for other machines', () => {
  const { components }: { components: Component[] } = JSON.parse(text())
  const native = components.filter(({ name }) => /(win32|darwin|linux|musl|arm64?|x64)/.test(name))
  const own = `-${process.platform}-${process.arch}`
  expect(native.filter(({ name }) => !name.endsWith(own))).toEqual([])
  expect(native.map(({ name }) => name)).toContain(`@lmdb/lmdb${own}`)
})

it('the list of the executable has the versions of Node.js, of the libraries in it and of LMDB', () => {
  const { components }: { components: Component[] } = JSON.parse(text('--executable'))
  const versions = new Map(components.map((each) => [each['bom-ref'].replace(/@[^@]*$/, ''), each.version]))
  const { node, openssl, uv, nghttp2 } = process.versions
  expect(versions.get('pkg:generic/node')).toBe(node)
  expect(versions.get('pkg:generic/openssl')).toBe(openssl.replace(/[-+].*/, ''))
  expect(versions.get('pkg:generic/libuv')).toBe(uv)
  expect(versions.get('pkg:generic/nghttp2')).toBe(nghttp2)
  expect(versions.get('pkg:generic/lmdb')).toMatch(/^0\.9\.\d+$/)
  expect(versions.has('msgpackr-extract')).toBe(false)
})

it('the list is the same again when nothing has changed', () => {
  expect(text()).toBe(text())
})
