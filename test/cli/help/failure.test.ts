import { type Command, CommanderError } from 'commander'
import { describe, expect, it } from 'vitest'
import { pathOf } from '../../../src/cli/help/define.js'
import { exitMeanings, exitOf } from '../../../src/cli/help/exit-codes.js'
import { describeFailure, namedCommand } from '../../../src/cli/help/failure.js'
import { Ending, type Io } from '../../../src/cli/io.js'
import { buildProgram } from '../../../src/cli/program.js'
import { catalogue, type ErrorCode, TocsinError } from '../../../src/errors/tocsin-error.js'
import { parseFilter } from '../../../src/filter/index.js'

function failureOf(run: () => unknown): ReturnType<typeof describeFailure> {
  try {
    run()
  } catch (error) {
    return describeFailure(error)
  }
  throw new Error('nothing was thrown')
}

describe('describeFailure', () => {
  it('shows the message, the code and what to do next', () => {
    expect(describeFailure(new TocsinError('TCN_CLIENT_UNREACHABLE', 'no hub at /run/tocsin.sock'))).toEqual({
      exit: 3,
      lines: [
        'tocsin: no hub at /run/tocsin.sock (TCN_CLIENT_UNREACHABLE)',
        `  ${catalogue.TCN_CLIENT_UNREACHABLE.remedy}`,
      ],
    })
  })

  it("shows no control characters of the hub's message, nor of its code", () => {
    const [line] = describeFailure(new TocsinError('TCN_ACCESS_DENIED', 'no\x1b[2J\nright')).lines
    expect(line).toBe('tocsin: no\\x1b[2J\\nright (TCN_ACCESS_DENIED)')
    const strange = new TocsinError('TCN_\x1b]0;x' as 'TCN_INTERNAL', 'no')
    expect(describeFailure(strange).lines[0]).toBe('tocsin: no (TCN_\\x1b]0;x)')
  })

  it('keeps the hints of a wrong command line', () => {
    const error = new CommanderError(
      1,
      'commander.unknownOption',
      "error: unknown option '--fom'\n(Did you mean --from?)",
    )
    expect(describeFailure(error)).toEqual({
      exit: 2,
      lines: ["tocsin: unknown option '--fom' (TCN_USAGE)", '  (Did you mean --from?)'],
    })
  })

  it.each([
    ['data.a == 1', 'equality is written =', '          ^'],
    ["data.a contains 'x'", "LIKE '%part%'", '         ^'],
    ['data.a = 1 && data.b = 2', 'and is written AND', '             ^'],
    ["data.名 = 'x' data.b = 1", 'at character', ''],
  ])('points at the fault of the condition %s, and says how it is written', (where, hint, caret) => {
    const { lines } = failureOf(() => parseFilter({ sql: where }))
    expect(lines[0]).toContain(hint)
    expect(lines[1]).toBe(`  ${where}`)
    expect(lines[2]).toMatch(/^ +\^$/)
    if (caret !== '') expect(lines[2]).toBe(caret)
  })

  it('shows the surroundings of a fault in a long condition', () => {
    const where = `${'data.a = 1 AND '.repeat(20)}data.b == 2${' AND data.c = 3'.repeat(20)}`
    const [, text, caret] = failureOf(() => parseFilter({ sql: where })).lines
    expect(text.length).toBeLessThan(80)
    expect(text[caret.indexOf('^')]).toBe('=')
  })

  it.each([
    ['--tail', '--last'],
    ['-20', '-n 20'],
    ['--end-time', '--to'],
  ])('says what the option %s of other programs is called here', (option, meant) => {
    const error = new CommanderError(1, 'commander.unknownOption', `error: unknown option '${option}'`)
    expect(describeFailure(error).lines[1]).toContain(`Did you mean ${meant}`)
  })

  it('names the help of the command that was meant', async () => {
    const said = async (...words: string[]) => {
      const program = await buildProgram(
        { env: {}, out: {}, err: {}, useColors() {} } as unknown as Io,
        words,
      )
      const thrown = await program.parseAsync(words, { from: 'user' }).catch((error: unknown) => error)
      return describeFailure(thrown, namedCommand(program, words)).lines
    }
    expect(await said('read', '--fom', '-1h')).toEqual([
      "tocsin: unknown option '--fom' (TCN_USAGE)",
      '  (Did you mean --from?)',
      '  See tocsin read --help.',
    ])
    expect(await said('read', '--form', 'json')).toEqual([
      "tocsin: unknown option '--form' (TCN_USAGE)",
      '  Did you mean --format?',
      '  See tocsin read --help.',
    ])
    expect(await said('consumers', 'seek', 'x')).toEqual([
      "tocsin: missing required argument 'position' (TCN_USAGE)",
      '  See tocsin consumers seek --help.',
    ])
    expect(await said('consumers', 'shwo')).toEqual([
      'tocsin: consumers has no such command; it has list, show, add, seek, remove (TCN_USAGE)',
      '  See tocsin consumers --help.',
    ])
  })

  it('is silent when help was asked for', () => {
    expect(describeFailure(new CommanderError(0, 'commander.helpDisplayed', '(outputHelp)'))).toEqual({
      exit: 0,
      lines: [],
    })
    expect(describeFailure(new Ending(130))).toEqual({ exit: 130, lines: [] })
  })

  it('says what to do when too many files are open, whatever was being opened', () => {
    const error = Object.assign(new Error("EMFILE: too many open files, open '/x'"), { code: 'EMFILE' })
    const { lines } = describeFailure(error)
    expect(lines[0]).toBe("tocsin: EMFILE: too many open files, open '/x' (TCN_FILE_TOO_MANY)")
    expect(lines[1]).toContain('ulimit -n')
  })

  it('reports an unexpected error as an internal error', () => {
    expect(describeFailure(new TypeError('x is undefined'))).toMatchObject({
      exit: 1,
      lines: ['tocsin: x is undefined (TCN_INTERNAL)', expect.any(String)],
    })
  })
})

describe('exit codes', () => {
  it('are one of those documented, for every error', () => {
    const documented = new Set(exitMeanings.map(([code]) => code))
    for (const code of Object.keys(catalogue) as ErrorCode[]) expect(documented).toContain(exitOf(code))
  })

  it('distinguish which side has to act', () => {
    expect(exitOf('TCN_USAGE')).toBe(2)
    expect(exitOf('TCN_FILTER_SYNTAX')).toBe(2)
    expect(exitOf('TCN_CONFIG_INVALID')).toBe(2)
    expect(exitOf('TCN_CONFIG_SYNTAX')).toBe(2)
    expect(exitOf('TCN_CLIENT_UNREACHABLE')).toBe(3)
    expect(exitOf('TCN_ACCESS_DENIED')).toBe(4)
    expect(exitOf('TCN_CLIENT_TIMEOUT')).toBe(5)
    expect(exitOf('TCN_BUS_GAP')).toBe(6)
    expect(exitOf('TCN_INTERNAL')).toBe(1)
  })
})

describe('what the catalogue advises', () => {
  it('names only commands that exist', async () => {
    const program = await buildProgram({} as Io)
    const named = Object.entries(catalogue).flatMap(([code, { remedy }]) =>
      [...remedy.matchAll(/`tocsin ([a-z -]+)`/g)].map(([, words]) => [code, words.split(' ')] as const),
    )
    expect(named.length).toBeGreaterThan(10)
    for (const [code, words] of named) {
      const command = namedCommand(program, words)
      const rest = words.slice(pathOf(command).split(' ').length - 1)
      const takesMore = command.registeredArguments.length > 0 || rest.length === 0
      const runs = command.commands.length === 0 || command.commands.some((each) => isDefault(command, each))
      expect({ code, words, takesMore, runs }).toEqual({ code, words, takesMore: true, runs: true })
    }
  })
})

function isDefault(parent: Command, command: Command): boolean {
  return (parent as unknown as { _defaultCommandName?: string })._defaultCommandName === command.name()
}
