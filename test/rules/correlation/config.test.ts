import { expect, test } from 'vitest'
import { configuredRules, type RuleInput, rulesConfig } from '../../../src/rules/config.js'
import { ruleEngine } from '../rule-events.js'

const conditions = [
  { name: 'login', filter: 'syslog/', by: 'data.peer' },
  { name: 'link', filter: 'snmp/', by: 'data.ip4' },
]
const pair: RuleInput = { correlate: { within: '5m', conditions }, fire: { tag: 'out' } }

function problems(rule: RuleInput): string[] {
  const { error } = rulesConfig.safeParse({ r: rule })
  return (error?.issues ?? []).map(({ path, message }) => `${path.slice(1).join('.')}: ${message}`)
}

function withCondition(condition: object): RuleInput {
  const [first] = conditions
  return { ...pair, correlate: { within: '5m', conditions: [first, { ...conditions[1], ...condition }] } }
}

test('each condition has its own filter and fields, and the fields of the rule if it has none', () => {
  expect(problems(pair)).toEqual([])
  const same = conditions.map(({ name, filter }) => ({ name, filter }))
  const rule = { ...pair, by: ['data.peer'], correlate: { within: '5m', ordered: true, conditions: same } }
  const [definition] = configuredRules(rulesConfig.parse({ r: rule }))
  expect(definition).toMatchObject({
    correlation: {
      within: 300_000,
      ordered: true,
      conditions: [
        { name: 'login', filter: 'syslog/', by: ['data.peer'] },
        { name: 'link', filter: 'snmp/', by: ['data.peer'] },
      ],
    },
  })
})

test.each<[string, RuleInput, string[]]>([
  [
    'a filter, lines or a count beside the conditions',
    { ...pair, filter: 'a/', where: 'data.x = 1', after: { count: 2, within: '1m' } },
    ['filter', 'where', 'after'].map((key) => `${key}: \`correlate\` and \`${key}\` exclude each other`),
  ],
  [
    'another number of fields',
    withCondition({ by: ['data.ip4', 'data.port'] }),
    ['correlate.conditions.1.by: must have as many fields as the first condition: 1'],
  ],
  [
    'no field where others have one',
    withCondition({ by: undefined }),
    ['correlate.conditions.1.by: must have as many fields as the first condition: 1'],
  ],
  [
    'events that end an alert without the fields of the conditions',
    { ...pair, fire: undefined, alert: { resolve: { filter: 'up/' } } },
    ['alert.resolve.by: must have as many fields as the first condition: 1'],
  ],
  [
    'events that make acting unnecessary without them',
    { ...pair, unlessFollowedBy: { filter: 'up/', within: '1m' } },
    ['unlessFollowedBy.by: must have as many fields as the first condition: 1'],
  ],
  [
    'other fields for these events in a rule without conditions',
    {
      filter: 'a/',
      by: 'data.a',
      unlessFollowedBy: { filter: 'b/', by: ['data.b', 'data.c'], within: '1m' },
      sink: 's',
    },
    ['unlessFollowedBy.by: must have as many fields as `by` of the rule: 1'],
  ],
  [
    'a field of lines in a condition without lines',
    withCondition({ by: 'line.host' }),
    ['correlate.conditions.1.by: line.host is a field of lines, and these events are not read as lines'],
  ],
  [
    'a field of lines in what makes acting unnecessary, which are no lines',
    {
      line: { program: 'sshd', text: 'x' },
      by: 'line.host',
      unlessFollowedBy: { filter: 'b/', within: '1m' },
      sink: 's',
    },
    ['unlessFollowedBy.by: line.host is a field of lines, and these events are not read as lines'],
  ],
  [
    'a field of lines in events that end an alert and are no lines',
    { line: { program: 'sshd', text: 'x' }, by: 'line.host', alert: { resolve: { filter: 'b/' } } },
    ['alert.resolve.by: line.host is a field of lines, and these events are not read as lines'],
  ],
  [
    'a text with a condition that there is not',
    { ...pair, fire: { tag: `out/\${logni.data.user}`, data: { a: [`\${link.data.port}`, `\${foo.bar}`] } } },
    [
      `fire.tag: \${logni.data.user}: the rule has no condition \`logni\`; did you mean \`login\`?`,
      `fire.data: \${foo.bar}: the rule has no condition \`foo\``,
    ],
  ],
  [
    'a text with what an event of a condition does not have',
    { ...pair, fire: { tag: `out/\${login.count}`, data: `\${login.rule}` } },
    [
      expect.stringMatching(/^fire.tag: .*"login.count" is no field/),
      expect.stringMatching(/^fire.data: .*"login.rule" is no field/),
    ],
  ],
  [
    'such a text in a rule without conditions',
    { filter: 'a/', fire: { tag: `out/\${dat.host}` } },
    [`fire.tag: \${dat.host} is no field; did you mean \`data\`?`],
  ],
  [
    'a name that fields have already',
    withCondition({ name: 'line' }),
    [
      'correlate.conditions.1.name: must be a letter and up to 47 letters, digits and underscores, and neither `data` nor `line`',
    ],
  ],
  [
    'a name twice',
    withCondition({ name: 'login' }),
    ['correlate.conditions: must have a name of its own each'],
  ],
  [
    'a condition about nothing',
    withCondition({ filter: undefined }),
    ['correlate.conditions.1: must have a `filter`, `where` or `line`'],
  ],
  [
    'an end of an alert about nothing',
    { ...pair, fire: undefined, alert: { resolve: { by: 'data.a' } } },
    ['alert.resolve: must have a `filter`, `where` or `line`'],
  ],
  [
    'what makes acting unnecessary, about nothing',
    { ...pair, unlessFollowedBy: { by: 'data.a', within: '1m' } },
    ['unlessFollowedBy: must have a `filter` or `where`'],
  ],
])('%s is a problem, and it says where', (_, rule, expected) => {
  expect(problems(rule)).toEqual(expected)
})

test('a condition needs a second one', () => {
  for (const few of [[], conditions.slice(0, 1)])
    expect(problems({ correlate: { within: '5m', conditions: few }, sink: 's' })).toEqual([
      expect.stringMatching(/^correlate.conditions: .*2/),
    ])
})

/** Costs most of what a filter may cost. */
const costlyFor = (name: string) => ({
  all: Array.from({ length: 12 }, (_, nth) => ({ contains: { [`data.${name}${nth}`]: 'x' } })),
})
const costly = costlyFor('a')

test('conditions may cost together what none may alone', () => {
  const many = Array.from({ length: 8 }, (_, nth) => ({ name: `c${nth}`, filter: costlyFor(`c${nth}`) }))
  const rule = { ...pair, correlate: { within: '5m', conditions: many } }
  expect(problems(rule)).toEqual([])
  expect(() => ruleEngine(...configuredRules(rulesConfig.parse({ r: rule })))).not.toThrow()
})

const where = Array.from({ length: 4 }, (_, nth) => `data.b${nth} LIKE '%x%'`).join(' AND ')

test.each<[string, RuleInput, string]>([
  ['a rule', { filter: costly, where, sink: 's' }, ''],
  ['a condition', withCondition({ filter: costly, where }), 'correlate.conditions.1'],
  [
    'what makes acting unnecessary',
    { unlessFollowedBy: { filter: costly, where, within: '1m' }, sink: 's' },
    'unlessFollowedBy',
  ],
  ['what ends an alert', { alert: { resolve: { filter: costly, where } } }, 'alert.resolve'],
  [
    'a rule about lines',
    { filter: costly, line: { program: ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'], text: 'x' }, sink: 's' },
    '',
  ],
])('filter, condition and lines of %s must not be too much together', (_, rule, path) => {
  expect(problems(rule)).toEqual([expect.stringMatching(`^${path}: filter: it would take too long`)])
})

test('a filter that is wrong by itself is one problem', () => {
  expect(problems({ filter: '{', where, sink: 's' })).toEqual([expect.stringMatching(/^filter: /)])
})

test('a rule without conditions is stored as before, so that it keeps what it remembers', () => {
  const [definition] = configuredRules(
    rulesConfig.parse({ r: { filter: 'a/', unlessFollowedBy: { filter: 'b/', within: '1m' }, sink: 's' } }),
  )
  expect(JSON.parse(JSON.stringify(definition))).toEqual({
    ...{ name: 'r', filter: 'a/', by: [], unless: { filter: 'b/', within: 60_000 } },
    ...{ atMost: { count: 100, within: 60_000 }, groups: 10_000, sink: 's' },
  })
})
