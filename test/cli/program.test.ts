import { describe, expect, it } from 'vitest'
import { describeFailure, namedCommand } from '../../src/cli/help/failure.js'
import type { Io } from '../../src/cli/io.js'
import { buildProgram, runProgram } from '../../src/cli/program.js'

const io = {
  env: { HOME: '/nowhere', XDG_CONFIG_HOME: '/nowhere' },
  signal: new AbortController().signal,
  out: {},
  err: {},
  useColors() {},
  note() {},
} as unknown as Io

/** Returns the code and message of the error. */
async function failure(...words: string[]): Promise<string> {
  const program = await buildProgram(io, words)
  const error = await program.parseAsync(words, { from: 'user' }).then(
    () => undefined,
    (error) => error,
  )
  return `${error?.code}: ${error?.message}`
}

describe('the loaded commands', () => {
  const names = async (...words: string[]) =>
    (await buildProgram(io, words)).commands.map((command) => command.name())

  it('include only the one that is named first, because loading all takes long', async () => {
    expect(await names('tail', '--help')).toEqual(['tail'])
    expect(await names('--version')).toEqual([])
  })

  it.each([[], ['--help'], ['help', 'tail'], ['__complete', 'ta'], ['tial'], ['--socket', 'x', 'tail']])(
    'include all commands for %j',
    async (...words) => {
      expect(await names(...words.map(String))).toEqual(
        expect.arrayContaining(['serve', 'tail', 'who', 'help']),
      )
    },
  )
})

describe('an unknown command', () => {
  const said = async (...words: string[]) => {
    const program = await buildProgram(io, words)
    return runProgram(program, words).then(
      undefined,
      (error) => describeFailure(error, namedCommand(program, words)).lines,
    )
  }
  const all = '  See tocsin --help for all commands.'

  it('is answered with the most similar one, and with how to list all', async () => {
    expect(await said('tial')).toEqual([
      "tocsin: unknown command 'tial' (TCN_USAGE)",
      '  (Did you mean tail?)',
      all,
    ])
    expect(await said('xyzzy')).toEqual(["tocsin: unknown command 'xyzzy' (TCN_USAGE)", all])
    expect(await said('xyzzy', '--help')).toEqual(await said('xyzzy'))
    expect(await said('tial', '-h')).toEqual(await said('tial'))
    expect(await said('config', 'chek')).toEqual([
      'tocsin: config has no such command; it has check, show, schema, reload, set, delete, edit, diff, discard, commit, confirm, abort, rollback, history (TCN_USAGE)',
      '  See tocsin config --help.',
    ])
  })
})

describe('a hub that is named before the command', () => {
  it('is used as if named after the command', async () => {
    expect(await failure('--socket', '/no/hub', 'who')).toMatch(/^TCN_CLIENT_UNREACHABLE: .*\/no\/hub/)
    expect(await failure('--socket', '/no/hub', 'log', 'show')).toMatch(/\/no\/hub/)
    expect(await failure('--url', 'unix:/no/hub', 'tail')).toMatch(/\/no\/hub/)
    expect(await failure('--context', 'none', 'who')).toMatch(/^TCN_CONTEXT_UNKNOWN/)
  })

  it('gives way to the one named after the command', async () => {
    expect(await failure('--socket', '/no/hub', 'who', '--url', 'unix:/other')).toMatch(/\/other/)
  })

  it('is refused by a command that needs no hub', async () => {
    expect(await failure('--socket', '/no/hub', 'errors')).toBe(
      'TCN_USAGE: --socket cannot be used with tocsin errors',
    )
    expect(await failure('--socket', '/no/hub', 'config', 'show')).toBe(
      'TCN_USAGE: --socket cannot be used with tocsin config show',
    )
  })
})

describe('a range in which no event can be', () => {
  it.each(['read', 'stats', 'export'])(
    'is refused by tocsin %s in the words that were typed',
    async (name) => {
      expect(await failure(name, '--from', '2101-01-01 06:00')).toBe(
        'TCN_RANGE_INVALID: 2101-01-01 06:00 is still to come',
      )
      expect(await failure(name, '--from', '2026-11-20 14:10', '--to', '2026-11-20 14:00')).toBe(
        'TCN_RANGE_INVALID: the range ends before it begins: 2026-11-20 14:10 is after 2026-11-20 14:00; did you mean 2026-11-19 14:10?',
      )
    },
  )
})
