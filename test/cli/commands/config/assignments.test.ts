import { describe, expect, it } from 'vitest'
import { editsOf } from '../../../../src/cli/commands/config/assignments.js'

describe('assignments', () => {
  it('are keys and values in YAML, several in one command', () => {
    expect(
      editsOf(['log.retention.age=30d', 'limits.requests=32', 'a.see=[x/, y/]', 'b={ c: true }']),
    ).toEqual([
      { key: 'log.retention.age', value: '30d' },
      { key: 'limits.requests', value: 32 },
      { key: 'a.see', value: ['x/', 'y/'] },
      { key: 'b', value: { c: true } },
    ])
  })

  it('may be written as one key and its value, with or without a sign', () => {
    const edits = [{ key: 'log.retention.age', value: '30d' }]
    expect(editsOf(['log.retention.age', '30d'])).toEqual(edits)
    expect(editsOf(['log.retention.age', '=', '30d'])).toEqual(edits)
    expect(editsOf(['a', 'x=y'])).toEqual([{ key: 'a', value: 'x=y' }])
  })

  it.each([
    [['log.retention.age'], /write key=value/],
    [['=5'], /write key=value/],
    [['a='], /tocsin config delete a/],
    [['a=[1'], /not YAML/],
  ])('that cannot be read are refused: %j', (words, message) => {
    expect(() => editsOf(words)).toThrow(message)
  })
})
