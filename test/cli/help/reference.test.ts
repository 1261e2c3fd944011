import type { Command } from 'commander'
import { describe, expect, it } from 'vitest'
import { complete } from '../../../src/cli/commands/completion/complete.js'
import { detailsOf, pathOf } from '../../../src/cli/help/define.js'
import { manualPages } from '../../../src/cli/help/manual.js'
import { allCommands, cliReference } from '../../../src/cli/help/reference.js'
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
      for (const { command: line } of examples) expect(line).toContain(pathOf(command))
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
  const pages = manualPages(program)
  const manualOf = (command: Command) =>
    pages[`${pathOf(command).split(' ').slice(0, 2).join('-')}.1`]
      .replaceAll('\\-', '-')
      .replaceAll('\\(aq', "'")
      .replaceAll('\\(dq', '"')

  it('agree on the commands and their summaries', async () => {
    for (const command of commands) {
      expect(command.parent?.helpInformation()).toContain(command.name())
      expect(reference).toContain(`| [\`${pathOf(command)}\`](#${pathOf(command).replaceAll(' ', '-')}) |`)
      expect(reference).toContain(command.summary())
      const heading = command.parent === program ? '.B ' : '.SS "'
      expect(manualOf(command)).toContain(`${heading}${pathOf(command)}`)
      expect(manualOf(command)).toContain(`${command.summary()}.`)
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
        expect(manualOf(command)).toContain(`.B ${flags}\n`)
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
      expect(text).toContain(`## ${pathOf(command)}\n`)
    }
    expect(text).toContain('| `--from <position>` |')
    expect(text).toContain('| 130 |')
    expect(text).toContain('| `--where <condition>` |')
  })
})

describe('the manual', () => {
  const pages = manualPages(program)

  it('has a page for each command, the topics and the configuration, and refers to pages that exist', () => {
    expect(Object.keys(pages)).toEqual(
      expect.arrayContaining([
        'tocsin.1',
        'tocsin-tail.1',
        'tocsin-log.1',
        'tocsin-filters.7',
        'tocsin.yaml.5',
      ]),
    )
    for (const [name, text] of Object.entries(pages)) {
      expect(text).toMatch(new RegExp(`^\\.TH "${name.slice(0, -2).toUpperCase()}" ${name.at(-1)} `))
      for (const [, page, section] of text.matchAll(/^\.BR (\S+) \((\d)\)/gm))
        expect(pages, name).toHaveProperty([`${page.replaceAll('\\-', '-')}.${section}`])
    }
  })

  it('is roff in which no line of text is a request', () => {
    const requests = Object.values(pages)
      .flatMap((text) => text.split('\n').filter((line) => /^[.']/.test(line)))
      .map((line) => line.split(' ')[0])
    expect([...new Set(requests)].sort()).toEqual([
      '.B',
      '.BR',
      '.I',
      '.IR',
      '.PP',
      '.SH',
      '.SS',
      '.TH',
      '.TP',
      '.fi',
      '.nf',
    ])
  })

  it('shows hyphens and backslashes as typed', () => {
    expect(pages['tocsin-read.1']).toContain('\\-\\-from <position>')
    expect(pages['tocsin-filters.7']).toContain('\\e!x')
  })

  it('has every environment variable, file and key of the configuration', () => {
    for (const name of ['TOCSIN_TOKEN', 'TOCSIN_PAGER', 'FORCE_COLOR', 'XDG_STATE_HOME'])
      expect(pages['tocsin.1']).toContain(`.B ${name}`)
    expect(pages['tocsin.1']).toContain('.I /etc/tocsin/tocsin.yaml')
    for (const key of ['log.retention', 'listen.http', 'principals'])
      expect(pages['tocsin.yaml.5']).toContain(`.B ${key}`)
  })
})
