import {
  bodyStart,
  decode,
  encode,
  encodeFrame,
  frameBytes,
  tagLength,
  tagStart,
} from '../../src/event/index.js'
import { decodeUtf8 } from '../../src/event/utf8.js'
import { compileFilter, parseFilter } from '../../src/filter/index.js'
import { relaxCollector } from '../../src/hub/process/collector-settings.js'
import { serveCalls } from '../harness/child.js'
import { seconds } from '../harness/clock.js'
import { sample, sampleTag } from '../harness/sample-event.js'

/** Events with the prefix, one in sixteen of them failed, so that every body must be examined. */
const EVENTS = 4096
const FAILED = EVENTS / 16

const frames = Buffer.concat(
  Array.from({ length: EVENTS }, (_, index) =>
    encodeFrame({
      tag: sampleTag(index),
      source: 'salt/master',
      body: encode({ ...sample(index), retcode: index % 16 === 0 ? 1 : 0 }),
    }),
  ),
)

type Test = (bytes: Uint8Array, at: number) => boolean

const undecoded: Test = compileFilter(parseFilter({ sql: "tag LIKE 'salt/job/%' AND data.retcode <> 0" }), {
  typeOf: () => 'tocsin.event',
}).matches

const decoded: Test = (bytes, at) => {
  const start = tagStart(bytes, at)
  const tag = decodeUtf8(bytes, start, start + tagLength(bytes, at))
  const data = decode(bytes, bodyStart(bytes, at), at + frameBytes(bytes, at)) as { retcode: number }
  return tag.startsWith('salt/job/') && data.retcode !== 0
}

// As in the hub.
relaxCollector()

serveCalls({
  async start() {},
  /** Events per second that are matched. */
  async measure(way: 'undecoded' | 'decoded', length: number) {
    const test = way === 'undecoded' ? undecoded : decoded
    let tried = 0
    const started = seconds()
    while (seconds() - started < length) {
      if (count(test) !== FAILED) throw new Error(`not ${FAILED} matches`)
      tried += EVENTS
    }
    return tried / (seconds() - started)
  },
})

function count(test: Test): number {
  let matched = 0
  for (let at = 0; at < frames.length; at += frameBytes(frames, at)) if (test(frames, at)) matched++
  return matched
}
