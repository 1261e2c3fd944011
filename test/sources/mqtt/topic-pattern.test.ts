import { expect, it } from 'vitest'
import { topicPattern } from '../../../src/sources/mqtt/topic-pattern.js'

it.each([
  ['rooms/+/light', ['rooms/7/light', 'rooms//light'], ['rooms/light', 'rooms/7/8/light', 'rooms/7/light/']],
  ['rooms/#', ['rooms', 'rooms/', 'rooms/7/light', 'rooms/a\nb'], ['room', 'roomsx', 'x/rooms/7']],
  ['#', ['a', '/a', 'a/b'], ['$SYS/x']],
  ['+/x', ['a/x', '/x'], ['$SYS/x', 'a/b/x']],
  ['$SYS/#', ['$SYS/x', '$SYS'], ['a', '$SYSx']],
  ['/+', ['/a', '/'], ['a', '//']],
  ['a.c/[x](y)', ['a.c/[x](y)'], ['abc/[x](y)', 'a.c/x']],
  ['$share/hubs/rooms/#', ['rooms/7'], ['$share/hubs/rooms/7', 'room']],
  ['$queue/rooms/+', ['rooms/7'], ['$queue/rooms/7']],
])('the topic %s selects what MQTT says', (filter, selected, others) => {
  const pattern = topicPattern(['another/one', filter])
  for (const topic of selected) expect([topic, pattern.test(topic)]).toEqual([topic, true])
  for (const topic of others) expect([topic, pattern.test(topic)]).toEqual([topic, false])
})
