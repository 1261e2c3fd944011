import { describe, expect, test } from 'vitest'
import type { GroupNotice } from '../../../src/rules/alerts/group-notice.js'
import { NoticeRun } from '../../../src/rules/alerts/notice-run.js'
import { alertRoutesConfig, configuredRoutes } from '../../../src/rules/alerts/routes-config.js'
import { AlertWorld, alerting, free, full, silence, unsilence } from './alert-world.js'

/** The sinks that were notified, and the hosts of the alerts. */
function toldSinks({ log }: AlertWorld): string[] {
  return log.flatMap(({ tag, data, attributes }) => {
    const { labels } = data as { labels: { host: string } }
    return tag.endsWith('/notice') ? [`${attributes?.rulesink} ${labels.host}`] : []
  })
}

const told = alerting({ resolve: { filter: 'in/free' } }, { sink: 'pager' })

test('the sink of a rule is told once when an alert begins, and once when it ends', () => {
  const world = new AlertWorld([told])
  world.publish(full(10), full(11), full(12, 'b'), free(20))
  expect(world.notices).toEqual(['a firing 10', 'b firing 12', 'a resolved 20'])
  expect(world.log[2].attributes).toMatchObject({ rulesink: 'pager' })
})

test('a rule without a sink tells nobody', () => {
  const world = new AlertWorld([alerting({ resolve: { filter: 'in/free' } })])
  world.publish(full(10), free(20))
  expect(world.notices).toEqual([])
})

test('an alert of a rule without a sink goes to all sinks of the first route that matches', () => {
  const routes = configuredRoutes(
    alertRoutesConfig.parse([
      { match: { severity: ['critical', 'err*'], host: 'a' }, to: ['pager', 'chat'] },
      { match: { host: 'b' }, to: 'mail' },
      { match: { site: '?*' }, to: 'none' },
      { match: { rule: 'disk', site: '' }, to: 'rest' },
    ]),
  )
  const world = new AlertWorld([alerting({ resolve: { filter: 'in/free' } })], undefined, routes)
  world.publish(full(10), full(11, 'b'), full(12, 'c'), free(20))
  expect(toldSinks(world)).toEqual(['pager a', 'chat a', 'mail b', 'rest c', 'pager a', 'chat a'])
})

test('the sink of a rule comes before all routes, and an alert that no route takes goes nowhere', () => {
  const routes = [{ match: { host: 'b' }, sinks: ['chat'], repeat: undefined }]
  const ends = { resolve: { filter: 'in/free' } }
  const own = new AlertWorld([alerting(ends, { sink: 'pager' })], undefined, routes)
  own.publish(full(10, 'b'))
  expect(toldSinks(own)).toEqual(['pager b'])
  const other = new AlertWorld([alerting(ends)], undefined, routes)
  other.publish(full(10, 'a'))
  expect(toldSinks(other)).toEqual([])
})

test('a route repeats its notices, unless the rule says after how long', () => {
  const routes = [{ match: {}, sinks: ['chat'], repeat: 60_000 }]
  const world = new AlertWorld([alerting({ resolve: { filter: 'in/free' } })], undefined, routes)
  world.publish(full(10))
  world.advance(71)
  expect(world.notices).toEqual(['a firing 10', 'a firing 71'])
  const slow = new AlertWorld(
    [alerting({ resolve: { filter: 'in/free' }, repeat: 120_000 })],
    undefined,
    routes,
  )
  slow.publish(full(10))
  slow.advance(71)
  slow.advance(131)
  expect(slow.notices).toEqual(['a firing 10', 'a firing 131'])
})

test('silences keep alerts from the sinks of routes too', () => {
  const routes = [{ match: {}, sinks: ['chat', 'pager'], repeat: undefined }]
  const world = new AlertWorld([alerting({ resolve: { filter: 'in/free' } })], undefined, routes)
  world.publish(silence(5, 100, { host: 'a' }), full(10))
  expect(toldSinks(world)).toEqual([])
  world.advance(300)
  expect(toldSinks(world)).toEqual(['chat a', 'pager a'])
})

test('a silenced alert begins and ends without a notice', () => {
  const world = new AlertWorld([told])
  world.publish(silence(5, 100, { rule: 'd*', host: 'a' }), full(10), full(11, 'b'), free(20), free(21, 'b'))
  world.advance(500)
  expect(world.notices).toEqual(['b firing 11', 'b resolved 21'])
  expect(world.log.filter(({ tag }) => tag === 'alert/disk/firing')).toHaveLength(2)
})

test('when a silence ends while the alert lasts, the sink is told at once', () => {
  const world = new AlertWorld([told])
  world.publish(silence(5, 100, { host: 'a' }), full(10))
  world.advance(300)
  world.publish(free(400))
  expect(world.notices).toEqual(['a firing 300', 'a resolved 400'])
})

test('the end of one silence tells nothing of an alert that another one covers', () => {
  const world = new AlertWorld([told])
  world.publish(
    silence(5, 1000, { host: 'a' }, 's1'),
    silence(6, 1000, { severity: 'error' }, 's2'),
    full(10),
  )
  world.publish(unsilence(20, 's1'))
  world.advance(30)
  expect(world.notices).toEqual([])
  world.publish(unsilence(40, 's2'))
  world.advance(50)
  expect(world.notices).toEqual(['a firing 50'])
})

test('an alert that was told before it was silenced ends with a notice only when no silence covers it', () => {
  const world = new AlertWorld([told])
  world.publish(full(10), silence(20, 100, { host: 'a' }), free(30))
  expect(world.notices).toEqual(['a firing 10', 'a resolved 30'])
})

test('a sink is told again while an alert fires, if the rule says after how long', () => {
  const world = new AlertWorld([
    alerting({ resolve: { filter: 'in/free' }, repeat: 60_000 }, { sink: 'pager' }),
  ])
  world.publish(full(10))
  for (const at of [71, 100, 140, 195]) world.advance(at)
  world.publish(free(200))
  world.advance(500)
  expect(world.notices).toEqual([
    'a firing 10',
    'a firing 71',
    'a firing 140',
    'a firing 195',
    'a resolved 200',
  ])
})

test('silences that are not of the hub count for nothing, and there are at most 1,000', () => {
  const world = new AlertWorld([told])
  world.publish({ ...silence(1, 100, { host: '*' }), source: 'mallory' })
  for (let n = 0; n <= 1000; n++) world.publish(silence(2, 100, { host: 'x' }, `n${n}`))
  world.publish(full(10))
  const [, notices] = world.runs
  expect(notices instanceof NoticeRun && notices.silences.length).toBe(1000)
  expect(notices.counters.stopped).toBe(1)
  expect(world.notices).toEqual(['a firing 10'])
})

describe('alerts of a route with groups', () => {
  const grouped = (more: object = {}) =>
    configuredRoutes(
      alertRoutesConfig.parse([{ to: 'chat', group: ['rule'], wait: '30s', interval: '5m', ...more }]),
    )
  const ending = alerting({ resolve: { filter: 'in/free' } })
  /** Each notice: the second, the state, and each alert of the group. */
  const told = ({ log }: AlertWorld) =>
    log.flatMap(({ tag, data, at }) => {
      if (tag !== 'alert/@group/notice') return []
      const { status, alerts } = data as GroupNotice
      return [`${at} ${status}: ${alerts.map((each) => `${each.labels.host} ${each.status}`).join(', ')}`]
    })

  test('begin and end in notices in common, each group after its wait and then in its interval', () => {
    const world = new AlertWorld([ending], undefined, grouped())
    world.publish(full(10), full(20, 'b'))
    world.advance(39)
    expect(told(world)).toEqual([])
    world.advance(41)
    world.publish(full(50, 'c'), free(60))
    world.advance(340)
    expect(told(world)).toHaveLength(1)
    world.advance(342)
    world.publish(free(400, 'b'), free(401, 'c'))
    world.advance(700)
    expect(told(world)).toEqual([
      '41 firing: a firing, b firing',
      '342 firing: b firing, c firing, a resolved',
      '700 resolved: b resolved, c resolved',
    ])
    expect(world.log.filter(({ tag }) => tag.endsWith('/notice'))).toHaveLength(3)
  })

  test('have one key, the summaries of all, and the severity of the worst', () => {
    const info = alerting(
      { resolve: 'byHand', severity: 'info', summary: `late: \${data.host}` },
      { name: 'late', filter: 'in/full' },
    )
    const world = new AlertWorld([info, ending], undefined, grouped({ group: ['host'], wait: '1s' }))
    world.publish(full(10), full(10, 'b'), free(12), free(12, 'b'))
    world.advance(500)
    const notices = world.log.flatMap(({ tag, data }) =>
      tag.endsWith('/notice') ? [data as GroupNotice] : [],
    )
    const ofA = notices.filter(({ labels }) => labels.host === 'a')
    expect(ofA).toHaveLength(2)
    expect(ofA[0]).toMatchObject({ status: 'firing', severity: 'error', rule: 'disk' })
    expect(ofA[0].summary).toMatch(/^2 firing: .*; late: a$/)
    expect(ofA[1]).toMatchObject({ status: 'firing', severity: 'info', key: ofA[0].key })
    expect(ofA[1].summary).toMatch(/^1 firing, 1 resolved: late: a; .* \(resolved\)$/)
    expect(new Set(notices.map(({ key }) => key)).size).toBe(2)
  })

  test('that begin and end within the wait are not told', () => {
    const world = new AlertWorld([ending], undefined, grouped())
    world.publish(full(10), free(20))
    world.advance(500)
    expect(told(world)).toEqual([])
  })

  test('that are silenced while they wait are told when the silence ends', () => {
    const world = new AlertWorld([ending], undefined, grouped())
    world.publish(full(10), full(11, 'b'), silence(20, 100, { host: 'a' }))
    world.advance(50)
    world.advance(130)
    world.advance(400)
    expect(told(world)).toEqual(['50 firing: b firing', '400 firing: a firing, b firing'])
  })

  test('are repeated in one notice', () => {
    const world = new AlertWorld([ending], undefined, grouped({ repeat: '10m', interval: '1s' }))
    world.publish(full(10), full(20, 'b'))
    for (const at of [41, 642, 673]) world.advance(at)
    expect(told(world)).toEqual(['41 firing: a firing, b firing', '673 firing: a firing, b firing'])
  })

  test('that are single facts are each told once', () => {
    const world = new AlertWorld([alerting({ resolve: 'never' })], undefined, grouped({ interval: '30s' }))
    world.publish(full(10), full(11, 'b'))
    world.advance(41)
    world.publish(full(50))
    world.advance(81)
    expect(told(world)).toEqual(['41 firing: a firing, b firing', '81 firing: a firing'])
  })

  test('that are single facts of one key are counted while they wait', () => {
    const world = new AlertWorld([alerting({ resolve: 'never' })], undefined, grouped())
    world.publish(full(10), full(11), full(12), full(13, 'b'))
    world.advance(41)
    const { data } = world.log.at(-1) as { data: GroupNotice }
    expect(data).toMatchObject({ count: 4, summary: expect.stringContaining(' (3 times); ') })
    expect(data.alerts.map(({ count }) => count)).toEqual([3, 1])
  })

  test('in great number are counted, and the worst are listed', () => {
    const world = new AlertWorld([ending], undefined, grouped())
    world.publish(...Array.from({ length: 60 }, (_, n) => full(10, `h${n}`)))
    world.advance(41)
    const { data } = world.log.at(-1) as { data: GroupNotice }
    expect(data).toMatchObject({ more: 10, count: 60, summary: expect.stringMatching(/^60 firing: /) })
    expect(data.alerts).toHaveLength(50)
    expect(data.summary.length).toBeLessThanOrEqual(1024)
  })

  test('go where the routes lead when they are told', () => {
    const before = new AlertWorld([ending], undefined, grouped())
    before.publish(full(10))
    const kept = before.keep()
    const world = new AlertWorld([ending], before, [{ match: {}, sinks: ['mail'], repeat: undefined }])
    world.restart(kept.seq, (run, index) => run.restore(kept.snapshots[index]))
    world.advance(50)
    expect(told(world)).toEqual([])
    expect(world.log.at(-1)).toMatchObject({
      ...{ tag: 'alert/disk/notice', data: { labels: { host: 'a' } } },
      attributes: { rulesink: 'mail' },
    })
  })

  test('go each where its own route leads when the routes have changed', () => {
    const before = new AlertWorld([ending], undefined, grouped())
    before.publish(full(10), full(11, 'b'), full(12, 'c'))
    const kept = before.keep()
    const routes = configuredRoutes(
      alertRoutesConfig.parse([
        { match: { host: 'a' }, to: 'mail', group: ['host'], wait: '1m' },
        { match: { host: 'b' }, to: 'pager' },
        { to: 'chat', group: ['rule'] },
      ]),
    )
    const world = new AlertWorld([ending], before, routes)
    world.restart(kept.seq, (run, index) => run.restore(kept.snapshots[index]))
    world.advance(41)
    expect(told(world)).toEqual(['41 firing: c firing'])
    expect(world.log.find(({ tag }) => tag === 'alert/disk/notice')).toMatchObject({
      ...{ data: { labels: { host: 'b' } }, attributes: { rulesink: 'pager' } },
    })
    world.advance(102)
    expect(told(world)).toEqual(['41 firing: c firing', '102 firing: a firing'])
    expect(world.log.at(-1)).toMatchObject({ attributes: { rulesink: 'mail' } })
  })

  test('are told earlier with an urgent one that joins them', () => {
    const group = { to: 'chat', group: [] }
    const routes = configuredRoutes(
      alertRoutesConfig.parse([
        { match: { host: 'core' }, ...group, wait: '1s' },
        { ...group, wait: '5m' },
      ]),
    )
    const world = new AlertWorld([ending], undefined, routes)
    world.publish(full(10), full(20, 'core'), full(21, 'b'))
    world.advance(22)
    expect(told(world)).toEqual(['22 firing: a firing, core firing, b firing'])
  })

  test('keep their interval when all have ended', () => {
    const world = new AlertWorld([ending], undefined, grouped({ interval: '5m' }))
    world.publish(full(10))
    world.advance(41)
    world.publish(free(42))
    world.advance(342)
    world.publish(full(350))
    const kept = world.keep()
    world.restart(kept.seq, (run, index) => run.restore(kept.snapshots[index]))
    world.advance(640)
    expect(told(world)).toEqual(['41 firing: a firing', '342 resolved: a resolved'])
    world.advance(642)
    expect(told(world).at(-1)).toBe('642 firing: a firing')
    world.publish(free(643))
    world.advance(2_000)
    world.advance(4_000)
    expect(world.keep().snapshots[1].noticeGroups).toEqual([])
  })

  test('that end before their group is due leave no time to the next', () => {
    const world = new AlertWorld([ending], undefined, grouped({ wait: '30s' }))
    world.publish(full(10), free(20), full(35))
    world.advance(50)
    expect(told(world)).toEqual([])
    world.advance(66)
    expect(told(world)).toEqual(['66 firing: a firing'])
  })
})
