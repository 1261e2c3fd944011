// Runs on each supported Node.js: worker threads.
import { expect, it } from 'vitest'
import { encodeFrame } from '../../../../../src/event/frame.js'
import { encode } from '../../../../../src/event/msgpack/encoder.js'
import { XPathQueue } from '../../../../../src/faces/shared/streams/xpath-queue.js'
import type { XPathFilter } from '../../../../../src/faces/shared/xpath/filter.js'
import { LongWork } from '../../../../../src/incremental/long-work.js'
import { clockByHand } from '../../../../helpers/fake-runtime.js'

const frame = encodeFrame({ tag: 'a', source: 'me', body: encode(null), seq: 1 })
const all = { matches: () => true, length: 10 } as unknown as XPathFilter

it('an event that arrives while the queue becomes empty is tested, in whichever promise that is', async () => {
  for (let hops = 0; hops < 12; hops++) {
    const seen: string[] = []
    let rest = hops
    const later = (): void => {
      if (rest-- > 0) queueMicrotask(later)
      else queue.afterwards(() => seen.push(`after ${hops}`))
    }
    const queue: XPathQueue = new XPathQueue({
      filter: all,
      work: new LongWork(clockByHand()),
      principal: 'ann',
      matched: () => seen.push('event'),
      taken: later,
      failed: (error) => seen.push(String(error)),
    })
    queue.add(frame)
    await expect.poll(() => seen, { timeout: 2000 }).toEqual(['event', `after ${hops}`])
    queue.close()
  }
})
