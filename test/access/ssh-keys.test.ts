import { expect, it } from 'vitest'
import { readSshKey, SshKeys } from '../../src/access/ssh-keys.js'
import { keyPair } from '../protocols/netconf/ssh-device.js'

const { public: key } = keyPair()
const [, blob] = key.split(' ')

it.each(['', ' me@example', ' a comment with blanks'])(
  'a public key is read, with "%s" after it',
  (comment) => {
    expect(readSshKey(`ssh-ed25519 ${blob}${comment}`)).toBe(blob)
  },
)

it.each([
  blob,
  `ssh-rsa ${blob}`,
  'ssh-ed25519 AAAA',
  `command="x" ssh-ed25519 ${blob}`,
  `ssh-dss ${blob}`,
  `ssh-ed25519 ${blob}\nssh-ed25519 ${blob}`,
  '-----BEGIN OPENSSH PRIVATE KEY-----',
])('%j is no public key', (line) => {
  expect(() => readSshKey(line)).toThrow(expect.objectContaining({ code: 'TCN_CONFIG_INVALID' }))
})

it('a key belongs to the principals that list it, under their names', () => {
  const keys = new SshKeys()
  keys.set({ ann: { sshKeys: [key] }, bob: { sshKeys: [key] }, eve: {}, root: '*' })
  expect(['ann', 'bob', 'eve', 'root', 'nobody'].filter((name) => keys.has(name, blob))).toEqual([
    'ann',
    'bob',
  ])
  keys.set({ ann: {} })
  expect(keys.has('ann', blob)).toBe(false)
})
