import { Access, type Grant, type SessionKind, Sessions, StoredSessions } from '../../src/access/index.js'
import { newSecret } from '../../src/access/secret.js'
import type { Bucket, StateStore } from '../../src/state/index.js'
import type { FakeRuntime } from '../helpers/fake-runtime.js'

export const MINUTE = 60_000
export const HOUR = 60 * MINUTE

/** Sessions that end after an hour without use, and after five in any case. */
export const kind: SessionKind = {
  name: 'test',
  newSecret: (runtime) => newSecret(runtime, 32),
  form: /^[\w-]{43}$/,
  idle: HOUR,
  life: 5 * HOUR,
  most: 6,
  mostOfOne: 3,
  shown: { context: 'test', protocol: 'https' },
}

export interface SessionHubOptions {
  runtime: FakeRuntime
  grants?: Record<string, Grant>
  kind?: SessionKind
  /** Changes the bucket of the sessions. */
  wrap?: (bucket: Bucket) => Bucket
}

/** The parts of a hub that sessions need. */
export class SessionHub {
  readonly access: Access
  readonly sessions: StoredSessions
  /** What observers of sessions are told. */
  readonly story: string[]

  private constructor(access: Access, sessions: StoredSessions, story: string[]) {
    this.access = access
    this.sessions = sessions
    this.story = story
  }

  static async open(state: StateStore, options: SessionHubOptions): Promise<SessionHub> {
    const { runtime, grants = { ann: { see: '*' }, bob: {} }, wrap = (bucket) => bucket } = options
    const access = new Access(grants, { typeOf: () => 'test' }, 'host/test')
    await access.open({ bucket: state.bucket('principals'), runtime })
    const story: string[] = []
    const numbers = new Sessions(runtime)
    numbers.observe({
      began: ({ user, from }) => void story.push(`began ${user} ${from}`),
      ended: ({ user }) => void story.push(`ended ${user}`),
    })
    const bucket = wrap(state.bucket('sessions'))
    const sessions = await StoredSessions.open({
      bucket,
      runtime,
      access,
      kind: options.kind ?? kind,
      numbers,
    })
    return new SessionHub(access, sessions, story)
  }

  /** Begins a session of a principal, without credentials that could end. */
  begin(name = 'ann', hidden?: string) {
    const identity = { principal: this.access.principal(name) }
    return this.sessions.begin({ identity, address: '192.0.2.7', hidden })
  }

  close(): void {
    this.sessions.close()
    this.access.close()
  }
}
