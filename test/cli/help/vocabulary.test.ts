import type { Command, Option } from 'commander'
import { describe, expect, it } from 'vitest'
import { pathOf } from '../../../src/cli/help/define.js'
import { allCommands } from '../../../src/cli/help/reference.js'
import { type SharedName, sharedOption, vocabulary } from '../../../src/cli/help/vocabulary.js'
import type { Io } from '../../../src/cli/io.js'
import { buildProgram } from '../../../src/cli/program.js'

const commands = allCommands(await buildProgram({} as Io))

function eachOption(check: (option: Option & { long: string }, command: Command) => void): void {
  for (const command of commands)
    for (const option of command.options)
      if (option.long && !option.hidden) check(option as Option & { long: string }, command)
}

/** Where a log goes is no position in it, and a certificate is for the host of the hub. */
const hasOwnMeaning = (command: Command, long: string) =>
  ['tocsin log copy --to', 'tocsin tls init --host'].includes(`${pathOf(command)} ${long}`)

describe('the options', () => {
  it('are in the vocabulary if more than one command has them', () => {
    const owners = new Map<string, string[]>()
    eachOption(({ long }, command) => owners.set(long, [...(owners.get(long) ?? []), pathOf(command)]))
    const shared = [...owners].filter(([, paths]) => paths.length > 1).map(([name]) => name)
    expect(shared.filter((name) => !Object.hasOwn(vocabulary, name))).toEqual([])
  })

  it('of the vocabulary have the same argument and meaning everywhere', () => {
    eachOption(({ long, flags, description }, command) => {
      if (!Object.hasOwn(vocabulary, long) || hasOwnMeaning(command, long)) return
      const meant = sharedOption(long as SharedName)
      expect(flags.replace(/^-\w, /, ''), pathOf(command)).toBe(meant.flags)
      expect(description, `${pathOf(command)} ${long}`).toSatisfy((text: string) =>
        text.startsWith(meant.description),
      )
    })
  })

  it('are described by a phrase without a capital or a full stop', () => {
    eachOption(({ long, description }, command) => {
      expect(description, `${pathOf(command)} ${long}`).toMatch(/^(?:[a-z]|CA |ID|SQL|Salt|Unix).*[^.]$/)
    })
  })

  it('name a unit or kind as argument, and never use dir for a folder', () => {
    const names = new Set<string>()
    eachOption(({ flags }) => names.add(/<(.*)>/.exec(flags)?.[1] ?? ''))
    for (const other of ['dir', 'directory', 'string', 'value', 'number', 'time', 'seconds'])
      expect([...names]).not.toContain(other)
  })
})

describe('the commands', () => {
  const names = (parent: Command) => parent.commands.map((command) => command.name())

  it('use the same verbs for the same operation', () => {
    const others = [
      'ls',
      'all',
      'get',
      'info',
      'create',
      'new',
      'make',
      'rm',
      'del',
      'delete',
      'revoke',
      'forget',
    ]
    // Network devices call it so: a key of the configuration is deleted, and has its default then.
    const exempt = ['tocsin config delete']
    const used = commands
      .filter((command) => command.parent?.parent && !exempt.includes(pathOf(command)))
      .map((command) => command.name())
    expect(used.filter((name) => others.includes(name))).toEqual([])
  })

  it('that add or remove items can list them', () => {
    for (const command of commands) {
      const below = names(command)
      if (below.includes('add') || below.includes('remove')) expect(below, pathOf(command)).toContain('list')
    }
  })

  it('still accept their earlier verbs', () => {
    const aliases = commands.flatMap((command) => command.aliases().map((alias) => [command.name(), alias]))
    expect(aliases.sort()).toEqual([
      ['add', 'create'],
      ['list', 'ls'],
      ['remove', 'revoke'],
      ['remove', 'rm'],
      ['show', 'info'],
    ])
  })

  it('have a summary that begins with a verb, without a full stop', () => {
    for (const command of commands) {
      expect(command.summary(), pathOf(command)).toMatch(/^[A-Z][a-z]+,? .*[^.]$/)
      expect(command.summary(), pathOf(command)).not.toMatch(/^(The|A|An|All|What|Who|How|Is|Does) /)
      expect(command.description().split('\n')[0]).toBe(`${command.summary()}.`)
    }
  })
})
