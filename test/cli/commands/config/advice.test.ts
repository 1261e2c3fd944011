import { expect, test } from 'vitest'
import { adviceOn } from '../../../../src/cli/commands/config/advice.js'
import { hubConfig } from '../../../../src/hub/config/index.js'

const adviceFor = (segment: string | undefined, retention: string) =>
  adviceOn(hubConfig.parse({ log: { segment: { bytes: segment }, retention: { bytes: retention } } }))

test('segments that are larger than what is to be kept are warned of, with both sizes', () => {
  expect(adviceFor('1GiB', '16MiB')).toEqual([
    expect.stringMatching(/^log\.segment\.bytes \(1.*GiB\) is more than log\.retention\.bytes \(16.*MiB\)/),
  ])
})

test.each([
  ['16MiB', '16MiB'],
  ['1MiB', '10GiB'],
  ['1GiB', 'off'],
  [undefined, '16MiB'],
])('segments of %s with a retention of %s are fine', (segment, retention) => {
  expect(adviceFor(segment, retention)).toEqual([])
})

const hooks = [{ name: 'alerts', bearerFile: '/etc/token' }]

test('webhooks without HTTP are warned of by name', () => {
  expect(adviceOn(hubConfig.parse({ listen: { http: 'off' }, sources: { webhook: hooks } }))).toEqual([
    expect.stringMatching(/^sources\.webhook \(alerts\) receives nothing, since listen\.http is off/),
  ])
})

test.each([{ sources: { webhook: hooks } }, { listen: { http: 'off' as const } }])(
  'neither webhooks with HTTP nor HTTP that is off without webhooks is warned of',
  (config) => expect(adviceOn(hubConfig.parse(config))).toEqual([]),
)
