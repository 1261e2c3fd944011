import { describe, expect, it } from 'vitest'
import { complete } from '../../../src/cli/commands/completion/complete.js'
import { detailsOf, pathOf } from '../../../src/cli/help/define.js'
import { allCommands, cliReference, manPage } from '../../../src/cli/help/reference.js'
import type { Io } from '../../../src/cli/io.js'
import { buildProgram } from '../../../src/cli/program.js'

const io = { out: {}, colors: { isColorSupported: false } } as unknown as Io
const program = await buildProgram(io)
const commands = allCommands(program)

describe('the definitions of the commands', () => {
  it('have examples for every command, each of the command itself', () => {
    for (const command of commands) {
      const examples = detailsOf(command)?.examples ?? []
      expect(examples.length, command.name()).toBeGreaterThan(0)
      for (const { command: line } of examples)
        expect(line).toContain(
          `tocsin ${command.parent === program ? '' : `${command.parent?.name()} `}${command.name()}`,
        )
    }
  })

  it('have examples that add to the summary', () => {
    for (const command of commands) {
      for (const { does } of detailsOf(command)?.examples ?? [])
        expect(does.toLowerCase(), command.name()).not.toBe(command.summary().toLowerCase())
    }
  })
})

describe('help, reference, manual page and completion', () => {
  const reference = cliReference(program)
  const manual = manPage(program).replaceAll('\\-', '-').replaceAll('\\(aq', "'").replaceAll('\\(dq', '"')

  it('agree on the commands and their summaries', async () => {
    for (const command of commands) {
      expect(command.parent?.helpInformation()).toContain(command.name())
      expect(reference).toContain(`| [\`${pathOf(command)}\`](#${pathOf(command).replaceAll(' ', '-')}) |`)
      expect(reference).toContain(command.summary())
      expect(manual).toContain(`.SS "${pathOf(command)}`)
      expect(manual).toContain(`${command.summary()}.`)
      const words = pathOf(command).split(' ').slice(1)
      expect(await complete(program, io, [...words.slice(0, -1), ''])).toContain(
        `${words.at(-1)}\t${command.summary()}`,
      )
    }
  })

  it('agree on the options and their descriptions', async () => {
    for (const command of commands) {
      const help = command.helpInformation()
      const words = pathOf(command).split(' ').slice(1)
      const offered = await complete(program, io, [...words, '--'])
      for (const { flags, long, description, hidden } of command.options) {
        if (hidden) continue
        expect(help).toContain(flags)
        expect(reference).toContain(`| \`${flags}\` |`)
        expect(manual).toContain(`.B ${flags}\n`)
        expect(offered).toContain(`${long}\t${description}`)
      }
      expect(help).not.toContain('--json')
    }
  })
})

describe('cliReference', () => {
  it('has every command, option and exit code', () => {
    const text = cliReference(program)
    for (const command of commands) {
      const path = command.parent === program ? command.name() : `${command.parent?.name()} ${command.name()}`
      expect(text).toContain(`## tocsin ${path}\n`)
    }
    expect(text).toContain('| `--from <position>` |')
    expect(text).toContain('| 130 |')
    expect(text).toContain('| `--where <condition>` |')
  })
})

describe('manPage', () => {
  it('is roff in which no line of text is a request', () => {
    const requests = new Set(
      manPage(program)
        .split('\n')
        .filter((line) => /^[.']/.test(line))
        .map((line) => line.split(' ')[0]),
    )
    expect([...requests].sort()).toEqual(['.B', '.PP', '.SH', '.SS', '.TH', '.TP', '.fi', '.nf'])
  })

  it('shows hyphens and backslashes as typed', () => {
    expect(manPage(program)).toContain('\\-\\-from <position>')
    expect(manPage(program)).toContain('\\e!x')
  })
})
