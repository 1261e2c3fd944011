import { type SessionKind, StoredSessions } from '../../access/stored-sessions.js'
import { secretText } from '../../protocols/sysadm/codec/secret-text.js'
import type { FaceHost } from '../face.js'
import { sessionBucket } from '../shared/session-bucket.js'
import type { LoginKeys } from './login-keys.js'

const TOKEN_LENGTH = 20

/** Tokens, which several connections may use. */
const sysadmSessions: SessionKind = {
  name: 'sysadm',
  newSecret: ({ random }) => secretText(TOKEN_LENGTH, random),
  form: /^[A-Za-z0-9]{20}$/,
  idle: 900_000,
  most: 10_000,
  mostOfOne: 1000,
  shown: { context: 'sysadm', protocol: 'https' },
}

export function openLogins(
  { access, runtime, sessions, state }: FaceHost,
  keys: LoginKeys,
): Promise<StoredSessions> {
  return StoredSessions.open({
    bucket: sessionBucket(state),
    runtime,
    kind: sysadmSessions,
    numbers: sessions,
    access: {
      find: (name) => access.find(name),
      resume: (name, proof) => {
        const key = proof && keys.resume(name, proof)
        const principal = key && access.find(name)
        return key && principal ? { principal, ended: key.ending.signal, proof } : access.resume(name, proof)
      },
      onRemoved: (listener) => access.onRemoved(listener),
    },
  })
}
