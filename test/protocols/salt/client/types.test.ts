import { expectTypeOf, it } from 'vitest'
import {
  Caller,
  type getEvent,
  type MasterEvent,
  type SaltData,
  type SaltEvent,
  type SaltEventRecord,
  type SaltJobRet,
  tagify,
} from '../../../../src/protocols/salt/client/index.js'

declare const event: SaltEvent

it('an event is its data, or tag and data with `full`, or null', () => {
  expectTypeOf<ReturnType<typeof getEvent>>().resolves.toEqualTypeOf<SaltEvent>()
  const calls = () => ({
    data: event.getEvent({ wait: 1, tag: 'salt/', matchType: 'fnmatch' }),
    full: event.getEvent({ full: true }),
    either: event.getEvent({ full: true as boolean }),
    all: event.iterEvents({ full: true }),
    each: event.iterEvents(),
  })
  type Calls = ReturnType<typeof calls>
  expectTypeOf<Calls['data']>().resolves.toEqualTypeOf<SaltData | null>()
  expectTypeOf<Calls['full']>().resolves.toEqualTypeOf<SaltEventRecord | null>()
  expectTypeOf<Calls['either']>().resolves.toEqualTypeOf<SaltEventRecord | SaltData | null>()
  expectTypeOf<Calls['all']>().toEqualTypeOf<AsyncGenerator<SaltEventRecord, void>>()
  expectTypeOf<Calls['each']>().toEqualTypeOf<AsyncGenerator<SaltData, void>>()
})

it('wrong arguments are compile errors', () => {
  const wrong = () => {
    // @ts-expect-error there is no such match type
    void event.getEvent({ matchType: 'glob' })
    // @ts-expect-error the data is a map
    void event.fireEvent('text', 'tag')
    // @ts-expect-error a tag is text or bytes
    void event.fireEvent({}, 5)
    // @ts-expect-error other functions need Salt itself
    void new Caller().cmd('test.ping')
    // @ts-expect-error only a master can compile the pillar
    void new Caller().cmd('event.send', 'tag', {}, { with_pillar: true })
  }
  expectTypeOf(wrong).returns.toBeVoid()
  expectTypeOf(tagify(['a', 1], 'job')).toBeString()
  expectTypeOf<MasterEvent>().toExtend<SaltEvent>()
  expectTypeOf<SaltJobRet['id']>().toBeString()
})
