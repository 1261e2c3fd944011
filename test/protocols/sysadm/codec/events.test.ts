import { describe, expect, it } from 'vitest'
import {
  classOfTag,
  dispatcherTag,
  lifePreserverTag,
} from '../../../../src/protocols/sysadm/codec/classes.js'
import { documentedPriority, priorityText } from '../../../../src/protocols/sysadm/codec/priority.js'
import {
  type EventExtras,
  eventTexts,
  type Spelling,
} from '../../../../src/protocols/sysadm/codec/spelling.js'
import { sysadmTypes } from '../../../../src/protocols/sysadm/types/index.js'
import { TypeRegistry } from '../../../../src/types/index.js'

/** The only message of an event; undefined if there is none. */
function eventText(
  spelling: Spelling,
  name: Parameters<typeof eventTexts>[1],
  args: unknown,
  extras?: EventExtras,
): string | undefined {
  const texts = eventTexts(spelling, name, args, extras)
  expect(texts.length).toBeLessThan(2)
  return texts[0]
}

const finished = {
  process_id: 'procID1',
  state: 'finished',
  cmd_list: ['echo sample1'],
  'echo sample1': 'sample1\n',
  'return_codes/echo sample1': '0',
  time_started: '2026-11-20T04:50:52',
  time_finished: '2026-11-20T04:50:52',
}
const pending = { state: 'pending', cmd_list: ['<command 1>', '<command 2>'], process_id: '<random>' }
const running = {
  process_id: 'r',
  state: 'running',
  cmd_list: ['a', 'b'],
  time_started: '2026-11-20T04:50:52',
  current_cmd: 'b',
  b: 'of b',
  a: 'of a',
  'return_codes/a': '0',
}
const pool = {
  alloc: '13.1G',
  altroot: '-',
  capacity: '12%',
  dedup: '1.00x',
  expandsz: '-',
  frag: '6%',
  free: '93.9G',
  health: 'DEGRADED',
  priority: '9 - Urgent',
  size: '107G',
}

describe('events of genuine programs', () => {
  it('of a job that has finished have everything about it', () => {
    expect(eventText('genuine', 'dispatcher', finished)).toBe(
      '{"args":{"cmd_list":["echo sample1"],"echo sample1":"sample1\\n","process_id":"procID1",' +
        '"return_codes/echo sample1":"0","state":"finished","time_finished":"2026-11-20T04:50:52",' +
        '"time_started":"2026-11-20T04:50:52"},"id":"","name":"dispatcher","namespace":"events"}',
    )
  })

  it('of a plain job are only its beginning and its end', () => {
    const begun = { state: 'running', process_id: 'j1', cmd_list: ['a'], time_started: 'x' }
    expect(eventText('genuine', 'dispatcher', begun)).toBe(
      '{"args":{"process_id":"j1","state":"running"},"id":"","name":"dispatcher","namespace":"events"}',
    )
    expect(eventText('genuine', 'dispatcher', pending)).toBeUndefined()
    expect(eventText('genuine', 'dispatcher', running)).toBeUndefined()
  })

  it('of a wrapped job are sent as they are', () => {
    const args = {
      event_system: 'sysadm/pkg',
      state: 'running',
      action: 'pkg_install',
      pkg_log: 'line a 1\nline a 2\n',
      process_details: {
        './slow.sh a': 'line a 1\nline a 2\n',
        cmd_list: ['./slow.sh a', './slow.sh b'],
        current_cmd: './slow.sh a',
        process_id: 'sysadm_pkg_install-{1111}',
        state: 'running',
        time_started: '2026-11-20T04:51:43',
      },
    }
    expect(eventText('genuine', 'dispatcher', args)).toBe(
      '{"args":{"action":"pkg_install","event_system":"sysadm/pkg","pkg_log":"line a 1\\nline a 2\\n",' +
        '"process_details":{"./slow.sh a":"line a 1\\nline a 2\\n","cmd_list":["./slow.sh a","./slow.sh b"],' +
        '"current_cmd":"./slow.sh a","process_id":"sysadm_pkg_install-{1111}","state":"running",' +
        '"time_started":"2026-11-20T04:51:43"},"state":"running"},"id":"","name":"dispatcher","namespace":"events"}',
    )
    expect(eventText('genuine', 'dispatcher', { ...args, state: 'pending' })).toContain('"pending"')
  })

  it('of the beginning of a wrapped job are two', () => {
    const process_details = { process_id: 'p', state: 'running', cmd_list: ['a'], current_cmd: 'a' }
    const args = { event_system: 'sysadm/update', state: 'running', update_log: '', process_details }
    expect(eventTexts('genuine', 'dispatcher', args)).toEqual([
      '{"args":{"process_id":"p","state":"running"},"id":"","name":"dispatcher","namespace":"events"}',
      '{"args":{"event_system":"sysadm/update","process_details":{"cmd_list":["a"],"current_cmd":"a",' +
        '"process_id":"p","state":"running"},"state":"running","update_log":""},"id":"","name":"dispatcher","namespace":"events"}',
    ])
  })

  it('of the end by a signal are two, with two codes', () => {
    const shot = { ...finished, 'return_codes/echo sample1': '9', signal: 'SIGKILL' }
    const codes = eventTexts('genuine', 'dispatcher', shot).map((text) => {
      const { args } = JSON.parse(text)
      expect(args).toEqual({ ...finished, 'return_codes/echo sample1': expect.any(String) })
      return args['return_codes/echo sample1']
    })
    expect(codes).toEqual(['-1', '9'])
    expect(eventText('documented', 'dispatcher', shot)).toContain('"return_codes/echo sample1":"9"')
    expect(eventText('genuine', 'dispatcher', { ...shot, cmd_list: 7 })).toBeDefined()
  })

  it('of Life Preserver have a class with a hyphen', () => {
    const args = {
      class: 'snapshot',
      message: 'Fri Nov 20 04:52:33 UTC 2026: New snapshot of tank/home',
      priority: '1 - Information',
    }
    expect(eventText('genuine', 'life-preserver', args)).toBe(
      '{"args":{"class":"snapshot","message":"Fri Nov 20 04:52:33 UTC 2026: New snapshot of tank/home",' +
        '"priority":"1 - Information"},"id":"","name":"life-preserver","namespace":"events"}',
    )
  })

  it('of the state of the system have the keys in order', () => {
    const { priority: _none, ...tank } = pool
    const args = { zpools: { tank }, hostname: 'vm2', hostnamechanged: 'true', priority: '9 - Urgent' }
    expect(eventText('genuine', 'system-state', args)).toBe(
      '{"args":{"hostname":"vm2","hostnamechanged":"true","priority":"9 - Urgent","zpools":{"tank":' +
        '{"alloc":"13.1G","altroot":"-","capacity":"12%","dedup":"1.00x","expandsz":"-","frag":"6%",' +
        '"free":"93.9G","health":"DEGRADED","size":"107G"}}},"id":"","name":"system-state","namespace":"events"}',
    )
  })

  it('have a cursor only where it is asked for', () => {
    expect(eventText('genuine', 'life-preserver', {}, { cursor: 'abc-1' })).toBe(
      '{"args":{},"cursor":"abc-1","id":"","name":"life-preserver","namespace":"events"}',
    )
  })
})

/** The samples of the documentation, with its white space removed. */
describe('events as the documentation writes them', () => {
  const event = (name: string, args: string) =>
    `{"namespace":"events","name":"${name}","id":"none","args":${args}}`

  it.each([
    [pending, '{"state":"pending","cmd_list":["<command 1>","<command 2>"],"process_id":"<random>"}'],
    [
      running,
      '{"state":"running","cmd_list":["a","b"],"process_id":"r","time_started":"2026-11-20T04:50:52",' +
        '"current_cmd":"b","a":"of a","b":"of b","return_codes/a":"0"}',
    ],
    [
      finished,
      '{"state":"finished","time_finished":"2026-11-20T04:50:52","cmd_list":["echo sample1"],' +
        '"return_codes/echo sample1":"0","process_id":"procID1"}',
    ],
    [
      { process_details: pending, field: 'x', state: 'pending', event_system: 'sysadm/iohyve' },
      '{"event_system":"sysadm/iohyve","state":"pending","field":"x","process_details":{"state":"pending",' +
        '"cmd_list":["<command 1>","<command 2>"],"process_id":"<random>"}}',
    ],
  ])('of a job: %j', (args, expected) => {
    expect(eventText('documented', 'dispatcher', args)).toBe(event('dispatcher', expected))
  })

  it('of Life Preserver have an underscore, and a slash in the priority', () => {
    const args = { class: 'snapshot', message: 'm', priority: '7 - Critical' }
    expect(eventText('documented', 'life-preserver', args)).toBe(
      event('life_preserver', '{"message":"m","priority":"7/Critical","class":"snapshot"}'),
    )
  })

  it('of the state of the system have a priority for each pool', () => {
    const args = { hostname: 'n', hostnamechanged: 'true', zpools: { tank: pool }, priority: '9 - Urgent' }
    expect(eventText('documented', 'system-state', args)).toBe(
      event(
        'system_state',
        '{"hostname":"n","hostnamechanged":"true","zpools":{"tank":{"size":"107G","alloc":"13.1G",' +
          '"free":"93.9G","frag":"6%","expandsz":"-","dedup":"1.00x","altroot":"-","capacity":"12%",' +
          '"health":"DEGRADED","priority":"9/Urgent"}}}',
      ),
    )
  })

  it('of a bridge begin with an empty id', () => {
    expect(eventText('documented', 'bridge', { available_connections: ['ID1', 'ID2'] })).toBe(
      '{"id":"","namespace":"events","name":"bridge","args":{"available_connections":["ID1","ID2"]}}',
    )
  })

  it('are made of anything without a fault', () => {
    for (const args of [null, 'text', 1, [], { cmd_list: 'a', zpools: [] }, { zpools: { a: 1 } }])
      for (const name of ['dispatcher', 'life-preserver', 'system-state', 'bridge'] as const)
        expect(JSON.parse(eventText('documented', name, args) ?? '')).toHaveProperty('args')
  })
})

describe('priorities', () => {
  it.each([
    [0, '0 - Information'],
    [2, '2 - Information'],
    [3, '3 - Warning'],
    [5, '5 - Warning'],
    [6, '6 - Critical'],
    [8, '8 - Critical'],
    [9, '9 - Urgent'],
    [10, '10 - Urgent'],
    [11, '10 - Urgent'],
    [-1, '0 - Information'],
  ])('%i is %s', (priority, text) => {
    expect(priorityText(priority)).toBe(text)
    expect(documentedPriority(text)).toBe(text.replace(' - ', '/'))
  })
})

describe('tags', () => {
  it.each([
    [dispatcherTag('a/b {1}'), 'dispatcher', 'tocsin.event'],
    [lifePreserverTag('snapshot'), 'life-preserver', 'sysadm.life_preserver'],
    ['sysadm/system-state', 'system-state', 'sysadm.system_state'],
    ['sysadm/bridge', 'bridge', 'sysadm.bridge'],
  ])('%s is of the class %s and the type %s', (tag, name, type) => {
    expect(classOfTag(tag)).toBe(name)
    expect(new TypeRegistry(sysadmTypes).typeOf(tag)).toBe(type)
  })

  it('of anything else are of no class', () => {
    expect(['sysadm/dispatcher', 'sysadm/system-state/x', 'hub/start'].map(classOfTag)).toEqual([
      undefined,
      undefined,
      undefined,
    ])
  })

  it('of a job are one segment for its id', () => {
    expect(dispatcherTag('a/b').split('/')).toHaveLength(3)
  })
})
