import { expect, it } from 'vitest'
import { expandTemplate, type TemplateValues } from '../../../../src/cli/commands/events/fire-template.js'

function values(random = 0): TemplateValues {
  return {
    now: () => new Date('2026-11-21T08:00:00Z'),
    random: () => random,
    uuid: () => 'b0a4e9f2',
    host: 'web1',
    pid: 4711,
  }
}

it.each([
  ['app/{{.host}}/{{.pid}}', 'app/web1/4711'],
  [
    '{"n": {{ .n }}, "at": "{{.time}}", "id": "{{.uuid}}"}',
    '{"n": 7, "at": "2026-11-21T08:00:00.000Z", "id": "b0a4e9f2"}',
  ],
  ['{{random 1 100}} {{pick up down}}', '1 up'],
  ['{"a": {"b": {}}}', '{"a": {"b": {}}}'],
  ['no template', 'no template'],
])('%j becomes %j', (template, expanded) => {
  expect(expandTemplate(template, 7, values())).toBe(expanded)
})

it('reaches both ends of a range, and the last word', () => {
  const almostOne = values(1 - Number.EPSILON)
  expect(expandTemplate('{{random -3 100}} {{pick up down}}', 1, almostOne)).toBe('100 down')
})

it.each([
  '{{n}}',
  '{{}}',
  '{{.n 1}}',
  '{{random}}',
  '{{random 2 1}}',
  '{{random 0.5 1}}',
  '{{pick}}',
  '{{toString}}',
])('refuses %j, and names what there is', (template) => {
  expect(() => expandTemplate(template, 1, values())).toThrow(
    expect.objectContaining({ code: 'TCN_USAGE', message: expect.stringContaining('{{random 1 100}}') }),
  )
})
