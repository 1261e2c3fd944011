import { describe, expect, it } from 'vitest'
import { detailsOf } from '../../src/cli/define.js'
import type { Io } from '../../src/cli/io.js'
import { buildProgram } from '../../src/cli/program.js'
import { cliReference, manPage } from '../../src/cli/reference.js'

const program = await buildProgram({} as Io)
const commands = program.commands
  .filter((command) => !command.name().startsWith('_'))
  .flatMap((command) => [command, ...command.commands])

describe('the definitions of the commands', () => {
  it('have examples everywhere, each of the command itself', () => {
    for (const command of commands) {
      const examples = detailsOf(command)?.examples ?? []
      expect(examples.length, command.name()).toBeGreaterThan(0)
      for (const { command: line } of examples)
        expect(line).toContain(
          `tocsin ${command.parent === program ? '' : `${command.parent?.name()} `}${command.name()}`,
        )
    }
  })

  it('use the same words for the same option', () => {
    const shared = new Map<string, Set<string>>()
    for (const option of commands.flatMap(({ options }) => options)) {
      const name = option.long ?? option.flags
      shared.set(name, (shared.get(name) ?? new Set()).add(option.flags))
    }
    // Where events are carried elsewhere, the other end is a place, not a position.
    expect([...(shared.get('--to') ?? [])].sort()).toEqual(['--to <position>', '--to <url>'])
    shared.delete('--to')
    for (const [name, flags] of shared) expect([...flags], name).toHaveLength(1)
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

  it('shows hyphens and backslashes as they are typed', () => {
    expect(manPage(program)).toContain('\\-\\-from <position>')
    expect(manPage(program)).toContain('\\e!x')
  })
})
