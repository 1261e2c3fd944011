import { missingBetween, parseCursor } from '../../../src/sources/journal/cursor.js'
import { eventOfEntry } from '../../../src/sources/journal/entry.js'
import { readWrittenEntry } from '../../../src/sources/journal/written-entry.js'
import { fuzz } from '../target.js'
import { publishable } from './senders.js'

const cursor = 's=0639af1ff81d4ef7aadd5d30e5b85e2f;i=1;b=44;m=1;t=1;x=1'
const common = `"__CURSOR":"${cursor}","__REALTIME_TIMESTAMP":"1763693666000000","PRIORITY":"6"`

/** Entries as journalctl writes them, a line each. */
fuzz({
  name: 'journal',
  seeds: [
    `{${common},"_PID":"42","_SYSTEMD_UNIT":"cron.service","MESSAGE":"a \\"b\\" \\u00e9","OWN":"1"}`,
    `{"MESSAGE":[195,40,0],${common},"_COMM":"x","OWN":["a","b",[1,2]],"LONG":null}`,
    `{${common},"MESSAGE":["first","second"],"SYSLOG_IDENTIFIER":"","SYSLOG_PID":"x"}`,
    '{"__CURSOR":"x","MESSAGE":"\\\\\\"","__proto__":"a"}',
  ],
  run(input) {
    const entry = readWrittenEntry(new TextDecoder().decode(input))
    if (entry === undefined) return
    const found = entry.get('__CURSOR')
    if (typeof found === 'string') {
      parseCursor(found)
      missingBetween(cursor, found)
    }
    const { data } = eventOfEntry(entry, { maxField: 100, parser: undefined, now: 1e15 })
    publishable('journal', data)
  },
})
