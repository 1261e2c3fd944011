import { execFileSync } from 'node:child_process'
import { createHash, generateKeyPairSync, privateEncrypt } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { decryptTestString, readLoginKey } from '../../../../src/protocols/sysadm/codec/keys.js'
import { secretText } from '../../../../src/protocols/sysadm/codec/secret-text.js'
import { FakeRuntime } from '../../../helpers/fake-runtime.js'
import { temporaryFolder } from '../../../helpers/temporary-folder.js'

const folder = temporaryFolder('keys')
const privatePath = join(folder, 'key.pem')
execFileSync('openssl', ['genrsa', '-out', privatePath, '2048'], { stdio: 'ignore' })
const publicPem = execFileSync('openssl', ['rsa', '-in', privatePath, '-pubout'], {
  stdio: ['ignore', 'pipe', 'ignore'],
})
const wire = publicPem.toString('base64')

describe('a key', () => {
  it('made by openssl is read, and named by the MD5 of its PEM', () => {
    const key = readLoginKey(wire)
    expect(key?.text).toBe(wire)
    expect(key?.checksum).toBe(createHash('md5').update(publicPem).digest('base64'))
  })

  it('decrypts what its private half encrypted, and nothing else', () => {
    const key = readLoginKey(wire)!
    const other = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
    const text = 'AbCdEfGhIjKlMnOpQrSt'
    expect(decryptTestString(key, privateEncrypt(readFileSync(privatePath), Buffer.from(text)))).toBe(text)
    expect(decryptTestString(key, privateEncrypt(other, Buffer.from(text)))).toBeUndefined()
    expect(decryptTestString(key, Buffer.alloc(0))).toBeUndefined()
    expect(decryptTestString(key, Buffer.from(text))).toBeUndefined()
  })

  it('that is private is none, as keys are shown to others', () => {
    expect(readLoginKey(readFileSync(privatePath).toString('base64'))).toBeUndefined()
  })

  it('of another kind or size is none', () => {
    const pem = (type: 'rsa' | 'ec', options: object) =>
      Buffer.from(
        generateKeyPairSync(type as 'rsa', options as { modulusLength: number }).publicKey.export({
          type: 'spki',
          format: 'pem',
        }),
      ).toString('base64')
    expect(readLoginKey(pem('ec', { namedCurve: 'P-256' }))).toBeUndefined()
    expect(readLoginKey(pem('rsa', { modulusLength: 512 }))).toBeUndefined()
    for (const text of ['', 'AAAA', '!!!', wire.repeat(100)]) expect(readLoginKey(text)).toBeUndefined()
  })
})

describe('a secret', () => {
  it('has letters and digits, and comes from the random source that is handed in', () => {
    const { random } = new FakeRuntime({ seed: 7 })
    const [first, second] = [secretText(20, random), secretText(20, random)]
    expect(first).toMatch(/^[A-Za-z0-9]{20}$/)
    expect(second).not.toBe(first)
    expect(secretText(20, new FakeRuntime({ seed: 7 }).random)).toBe(first)
  })
})
