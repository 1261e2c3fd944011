import { generateKeyPairSync } from 'node:crypto'
import { SysadmKey } from '../../../../src/protocols/sysadm/client/login-key.js'

/** Makes a key faster than `SysadmKey.make`, which makes a longer one. */
export function testKey(): { key: SysadmKey; pem: string } {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  return { key: new SysadmKey(pem), pem }
}
