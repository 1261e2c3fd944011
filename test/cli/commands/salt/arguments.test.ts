import { describe, expect, it } from 'vitest'
import {
  isTrue,
  namedArguments,
  saltArguments,
  yamlArgument,
} from '../../../../src/cli/commands/salt/arguments.js'
import { TagExpression } from '../../../../src/cli/commands/salt/tag-match.js'
import { PythonFloat } from '../../../../src/protocols/salt/codec/values.js'

describe("words of Salt's command line", () => {
  it.each([
    ['5', 5],
    ['True', true],
    ['no', false],
    ['None', null],
    ['', ''],
    ['---', '---'],
    ['text', 'text'],
    ['1_000', '1_000'],
    ['0644', 644],
    ['0x1f', 31],
    ['1e3', '1e3'],
    ['1.5e+3', new PythonFloat(1500)],
    ['1.0', new PythonFloat(1)],
    ['{a: 1.0, b: [2, 2.5]}', { a: new PythonFloat(1), b: [2, 2.5] }],
    ['{a: 1, b: [x]}', { a: 1, b: ['x'] }],
    ['[a, b]', ['a', 'b']],
    ['a: b', 'a: b'],
    ['- a', '- a'],
    ['say #1', 'say #1'],
    ['{a: 1} # one', { a: 1 }],
    ['{a: ', '{a: '],
    ['line\nbreak: 1', 'line\nbreak: 1'],
    ['|', '|'],
    ['!', '!'],
    ['12345678901234567890', 12345678901234567890n],
    ['2026-11-20', '2026-11-20'],
  ])('%s is %s', (word, value) => {
    expect(yamlArgument(word)).toEqual(value)
  })

  it('are true or false as in Python', () => {
    expect(
      ['0', '0.0', '[]', '{}', '', 'None', 'no'].map((word) => isTrue(yamlArgument(word))),
    ).not.toContain(true)
    expect(['1', '0.5', '1.0', '[0]', '{a: 0}', 'x'].map((word) => isTrue(yamlArgument(word)))).not.toContain(
      false,
    )
  })

  it('are values and pairs', () => {
    expect(saltArguments(['x', 'a=1', 'b==c', '1=2', 'ü=', '__proto__=1'])).toEqual({
      args: ['x', 'b==c', '1=2'],
      kwargs: Object.fromEntries([
        ['a', 1],
        ['ü', ''],
        ['__proto__', 1],
      ]),
    })
  })

  it('are named by position', () => {
    expect(namedArguments(['x', 'b=2'], ['a', 'b'])).toEqual({ a: 'x', b: 2 })
    expect(() => namedArguments(['x', 'a=2'], ['a', 'b'])).toThrow('a is given twice')
    expect(() => namedArguments(['x', 'y'], ['a'])).toThrow('at most 1')
    expect(() => namedArguments(['c=1'], ['a'])).toThrow('unknown argument c')
  })
})

describe('a tag of state.event', () => {
  it.each([
    ['*', 'any/tag', true],
    ['salt/*/ret', 'salt/a/b/ret', true],
    ['salt/.*', 'salt/x', true],
    ['salt', 'salt/x', false],
    ['salt/\\d+', 'salt/12', true],
    ['salt/\\d+', 'salt/12/x', false],
    ['a[', 'a[', true],
    ['a|b', 'ax', true],
    ['a|b', 'b', true],
    ['a|b', 'bx', false],
    ['a|b', 'xb', false],
    ['a)(b', 'ab', false],
  ])('%s for %s: %s', (expression, tag, matches) => {
    expect(new TagExpression(expression).test(tag)).toBe(matches)
  })

  it.each([
    ['(?=my/)my/.*', true],
    ['(.*)/\\1', true],
    ['odd[', true],
    ['*/ret', false],
    ['my/[!a]*', false],
    ['my/.*', false],
  ])('%s: is reported to be compared only as a glob: %s', (expression, says) => {
    expect(new TagExpression(expression).note !== undefined).toBe(says)
  })

  it('becomes the same filter for the hub', () => {
    expect(new TagExpression('*').filter).toBeUndefined()
    expect(new TagExpression('a.c').filter).toEqual({
      any: [{ exact: { tag: 'a.c' } }, { glob: { tag: 'a.c' } }, { regex: { tag: '^(?:a.c\\z)' } }],
    })
  })
})
