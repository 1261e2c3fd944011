import { expect, it } from 'vitest'
import { SharedLog } from '../../../src/hub/own-log/shared-log.js'

it('writes what its reader takes only if that has not taken it over', () => {
  const written: string[] = []
  const log = SharedLog.over({ write: (_level, text) => void written.push(text) })
  const read: string[] = []
  const takesAllBut = (left: string) => (line: { text: string }) => {
    read.push(line.text)
    return line.text !== left
  }
  log.write('info', 'nobody reads')
  log.read(takesAllBut(''))
  log.write('info', 'somebody reads')
  log.read(takesAllBut('cannot be passed on'), true)
  log.write('info', 'taken over')
  log.write('info', 'cannot be passed on')
  log.read(undefined)
  log.write('info', 'given back')
  expect(read).toEqual(['somebody reads', 'taken over', 'cannot be passed on'])
  expect(written).toEqual(['nobody reads', 'somebody reads', 'cannot be passed on', 'given back'])
  expect(SharedLog.over(log)).toBe(log)
})
