import type { Family } from '../constants/names.js'
import type { PayloadKey } from './notification.js'

/** Which constants the numbers under a key are. */
const families: Partial<Record<PayloadKey, Record<string, Family>>> = {
  commit: { database: 'database' },
  commit_diff: { database: 'database', dbname: 'database' },
  user_sess: { type: 'userSession', database: 'database' },
  hnot: { type: 'ha', noprimary: 'haError', besecondary_result: 'haError' },
  subagent: { type: 'subagent' },
  cfail: { provider: 'provider', dbname: 'database' },
  snmpa: { pdu_type: 'pdu' },
  forward: { type: 'forward' },
  confirm: { type: 'confirm' },
  upgrade: { event: 'upgrade' },
  progress: { type: 'progress', datastore: 'database', database: 'database' },
  stream: { type: 'stream' },
  compaction: { dbfile: 'compactionFile', type: 'compaction' },
  cq_progress: { type: 'queueItem' },
  call_home: { type: 'callHome' },
}

const everywhere: Record<string, Family> = { proto: 'proto', lmode: 'lockMode' }

/** The constants that a number stands for: in the dictionary of this key, under this key of it. */
export function familyOf(payload: string, key: string): Family | undefined {
  return families[payload as PayloadKey]?.[key] ?? everywhere[key]
}
